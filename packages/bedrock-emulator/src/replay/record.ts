import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { EmulatorCredentials } from '../auth.ts';
import { AwsError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { findRoute } from '../route.ts';
import { parseSigV4, signedHeaders } from '../sigv4.ts';
import { bodyFields, RecordingFolder } from './recording.ts';
import type { Passing } from './replay.ts';

export interface RecordOptions {
  readonly folder: string;
  /** The real endpoint: `https://bedrock-runtime.us-east-1.amazonaws.com`. */
  readonly upstream: string;
  /**
   * Requests are signed anew with these, because a signature for this address is none for that one. Without them
   * headers pass as they come: then only bearer keys, and emulators, will do.
   */
  readonly credentials?: EmulatorCredentials | undefined;
  /** Sent in place of what the caller sent. */
  readonly apiKey?: string | undefined;
  /** For signing. Default: the region of the caller's signature, else the one in the upstream's name. */
  readonly region?: string | undefined;
  /** Told of each file written. */
  readonly onWritten?: ((file: string) => void) | undefined;
}

/** Headers of one connection, or that this side makes anew. */
const notForwarded = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'upgrade',
  'http2-settings',
  'host',
  'content-length',
  // Bodies are recorded as they are meant, not packed.
  'accept-encoding',
  'expect',
]);

/** What tells who asked, or is of that moment only. */
const secret =
  /^(authorization|cookie|set-cookie|proxy-authorization|x-api-key|x-amz-security-token|x-amz-date|x-amz-content-sha256|amz-sdk-invocation-id|x-amzn-trace-id|x-amz-cf-id|traceparent|tracestate|baggage|x-b3-.*)$/;

const silenceMs = 3_600_000;

/** Passes requests on to a real endpoint and writes what went by, one file an exchange. */
export function startRecording(options: RecordOptions): Passing {
  const upstream = new URL(options.upstream);
  const folder = new RecordingFolder(options.folder);
  const writing = new Set<Promise<void>>();
  const answer = async (exchange: Exchange, body: Buffer) => {
    const target = exchange.query === '' ? exchange.path : `${exchange.path}?${exchange.query}`;
    const { response, started } = await forward(exchange, body, upstream, target, options);
    const headers = endToEnd(response);
    exchange.headAsRecorded(response.statusCode ?? 502, headers);
    exchange.flush();

    // A client that leaves must not leave a request running that costs money.
    const over = new Promise<void>((resolve) => response.once('close', () => resolve()));
    exchange.wait(undefined, over).catch(() => response.destroy());
    const parts: Buffer[] = [];
    const timings: [number, number][] = [];
    let size = 0;
    try {
      for await (const part of response as AsyncIterable<Buffer>) {
        timings.push([size, Math.round(performance.now() - started)]);
        parts.push(part);
        size += part.length;
        await exchange.send(part);
      }
    } catch {
      // Cut on one side or the other: half an exchange is not kept.
      response.destroy();
      exchange.cut();
      return;
    }
    exchange.end();
    const recording = recordingOf(
      exchange,
      body,
      upstream,
      target,
      response,
      headers,
      Buffer.concat(parts),
      timings,
    );
    const written = folder.write(labelOf(exchange), recording).then((file) => options.onWritten?.(file));
    writing.add(written);
    try {
      await written;
    } finally {
      writing.delete(written);
    }
  };
  return { answer, close: async () => void (await Promise.allSettled(writing)) };
}

async function forward(
  exchange: Exchange,
  body: Buffer,
  upstream: URL,
  target: string,
  options: RecordOptions,
): Promise<{ response: IncomingMessage; started: number }> {
  const send = upstream.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(upstream, {
    method: exchange.method,
    path: `${upstream.pathname.replace(/\/$/, '')}${target}`,
    headers: headersFor(exchange, body, upstream, options),
    timeout: silenceMs,
  });
  request.on('timeout', () => request.destroy(new Error('nothing came for an hour')));
  const answered = once(request, 'response') as Promise<[IncomingMessage]>;
  answered.catch(() => {});
  request.end(body);
  const started = performance.now();
  try {
    await exchange.wait(undefined, answered);
    const [response] = await answered;
    return { response, started };
  } catch (error) {
    request.on('error', () => {});
    request.destroy();
    if (error instanceof Error && error.name === 'ConnectionGone') throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AwsError('ServiceUnavailableException', `The recorder can't reach ${upstream.origin}: ${why}`);
  }
}

function headersFor(
  exchange: Exchange,
  body: Buffer,
  upstream: URL,
  { credentials, apiKey, region }: RecordOptions,
): Record<string, string> {
  const headers: Record<string, string> = { host: upstream.host };
  for (const [name, value] of Object.entries(exchange.headers))
    if (!notForwarded.has(name) && !name.startsWith('x-emulator-')) headers[name] = value;
  if (body.length > 0 || exchange.method === 'POST') headers['content-length'] = String(body.length);
  if (apiKey === undefined && credentials === undefined) return headers;

  const signed = parseSigV4(exchange.headers.authorization ?? '');
  for (const name of ['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'])
    delete headers[name];
  if (apiKey !== undefined) return { ...headers, authorization: `Bearer ${apiKey}` };
  if (credentials === undefined) return headers;
  const itsRegion =
    region ?? signed?.region ?? /\.([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(upstream.hostname)?.[1] ?? 'us-east-1';
  const { method, path, query } = exchange;
  const prefix = upstream.pathname.replace(/\/$/, '');
  const request = { method, path: `${prefix}${path}`, query, headers, body };
  return { ...headers, ...signedHeaders(request, credentials, itsRegion, new Date()) };
}

function endToEnd(response: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let place = 0; place + 1 < response.rawHeaders.length; place += 2) {
    const [name = '', value = ''] = response.rawHeaders.slice(place, place + 2);
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

function labelOf(exchange: Exchange): string {
  try {
    const { operation, modelId } = findRoute(exchange.method, exchange.path);
    return `${operation} ${modelId}`;
  } catch {
    return `${exchange.method} ${exchange.path}`;
  }
}

function recordingOf(
  exchange: Exchange,
  sent: Buffer,
  upstream: URL,
  target: string,
  response: IncomingMessage,
  headers: Record<string, string>,
  body: Buffer,
  timings: readonly [number, number][],
): unknown {
  const asked = bodyFields(sent);
  const named = (() => {
    try {
      const { operation, modelId } = findRoute(exchange.method, exchange.path);
      return { operation: operation as string, modelId: modelId === '' ? null : modelId };
    } catch {
      return { operation: 'Unknown', modelId: null };
    }
  })();
  return {
    source: 'streambed emulator --record',
    fidelity: 'wire',
    ...named,
    request: {
      method: exchange.method,
      host: upstream.host,
      path: withoutSignature(target),
      headers: withoutSecrets(exchange.headers),
      body: asked.body ?? null,
      ...(asked.bodyBase64 === undefined ? {} : { bodyBase64: asked.bodyBase64 }),
    },
    response: {
      status: response.statusCode ?? 502,
      headers: withoutSecrets(headers),
      ...bodyFields(body),
      timings,
    },
  };
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => !secret.test(name.toLowerCase()) && !['host', 'content-length'].includes(name),
    ),
  );
}

/** A presigned address carries its signature in the query. */
function withoutSignature(target: string): string {
  const [path = '', query] = target.split('?', 2);
  if (query === undefined) return path;
  const kept = query.split('&').filter((pair) => !/^x-amz-/i.test(pair));
  return kept.length === 0 ? path : `${path}?${kept.join('&')}`;
}
