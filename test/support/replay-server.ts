import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Random, randomFrom } from './random.ts';
import { type Recording, responseBytes } from './recordings.ts';

/** An HTTP answer to give, byte for byte. */
export interface Exchange {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /**
   * How it ends: `whole`, with the HTTP body's own end; `cut`, the socket is destroyed after the last byte; `open`,
   * nothing comes after the last byte until the client leaves. Default `whole`.
   */
  readonly ending?: 'whole' | 'cut' | 'open';
  /** Where `body` is held up until `gate` opens: so many bytes go out before it. */
  readonly hold?: { readonly after: number; readonly gate: Promise<unknown> };
}

/** A request as it arrived: nothing is decoded. */
export interface ReplayedRequest {
  readonly method: string;
  /** The path as it was on the wire, percent signs and all. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Names and values in turn, as they were written. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface ReplayServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** What has arrived so far. */
  readonly requests: readonly ReplayedRequest[];
  /** How many answers are under way. */
  readonly open: number;
  /** Resolves when no answer is under way. */
  idle(): Promise<void>;
}

/**
 * A small HTTP/1.1 server that gives recorded answers. Event-stream bodies leave it chunked, as from AWS, cut at
 * places that `random` chooses, each piece in a write of its own. `answer` says which exchange a request gets;
 * undefined is a 404 that names the path, which Bedrock never sends.
 */
export async function startReplayServer(options: {
  readonly answer: (request: ReplayedRequest) => Exchange | undefined;
  readonly random?: Random;
}): Promise<ReplayServer> {
  const random = options.random ?? randomFrom(1);
  const requests: ReplayedRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let open = 0;

  const settle = () => {
    open -= 1;
    if (open === 0) for (const resolve of waiting.splice(0)) resolve();
  };

  const server = createServer(async (incoming, outgoing) => {
    open += 1;
    outgoing.once('close', settle);
    try {
      const request = await receive(incoming);
      requests.push(request);
      await send(outgoing, options.answer(request) ?? notRecorded(request), random);
    } catch {
      // The client has left; `close` keeps the count.
      outgoing.destroy();
    }
  });
  server.on('connection', (socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get open() {
      return open;
    },
    idle: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A recording as an answer to give. */
export function exchangeOf(recording: Recording): Exchange {
  return {
    status: recording.response.status,
    headers: recording.response.headers,
    body: responseBytes(recording),
  };
}

/** An error as AWS sends it. */
export function awsError(status: number, name: string, message: string): Exchange {
  return {
    status,
    headers: {
      'Content-Type': 'application/json',
      'x-amzn-RequestId': '00000000-0000-4000-8000-000000000000',
      'x-amzn-ErrorType': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
    },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

/** The path's operation and model id: `/model/a%3A0/invoke` is `{ modelId: 'a:0', operation: 'invoke' }`. */
export function modelAndOperation(path: string): { modelId: string; operation: string } | undefined {
  const match = /^\/model\/([^/?]+)\/([a-z-]+)$/.exec(path);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return { modelId: decodeURIComponent(match[1]), operation: match[2] };
}

function notRecorded({ method, path }: ReplayedRequest): Exchange {
  return awsError(404, 'ReplayHasNoAnswer', `the replay server has no answer for ${method} ${path}`);
}

async function receive(incoming: IncomingMessage): Promise<ReplayedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers as Record<string, string | undefined>,
    rawHeaders: incoming.rawHeaders,
    body: Buffer.concat(chunks),
  };
}

/** Headers that belong to the recorded connection and not to the answer. */
const hopHeaders = new Set(['connection', 'content-length', 'transfer-encoding', 'keep-alive']);

async function send(outgoing: ServerResponse, exchange: Exchange, random: Random): Promise<void> {
  const { headers, body, hold, ending = 'whole' } = exchange;
  const kept = Object.entries(headers).filter(([name]) => !hopHeaders.has(name.toLowerCase()));
  const streamed = Object.entries(headers).some(
    ([name, value]) => name.toLowerCase() === 'content-type' && value.includes('eventstream'),
  );
  outgoing.writeHead(exchange.status, [
    ...kept.flat(),
    ...(streamed ? ['Transfer-Encoding', 'chunked'] : ['Content-Length', String(body.length)]),
  ]);
  outgoing.flushHeaders();
  const writeAll = async (bytes: Uint8Array) => {
    for (const piece of streamed ? split(bytes, random) : [bytes]) await write(outgoing, piece);
  };
  if (hold !== undefined) {
    await writeAll(body.subarray(0, hold.after));
    await Promise.race([hold.gate, once(outgoing, 'close')]);
  }
  await writeAll(body.subarray(hold?.after ?? 0));
  if (ending === 'whole') outgoing.end();
  else if (ending === 'cut') outgoing.destroy();
  else await once(outgoing, 'close');
}

/** Cuts `body` at random places: pieces from one byte to some frames, with no regard to frames. */
function* split(body: Uint8Array, random: Random): Generator<Uint8Array> {
  const longest = Math.max(1, Math.min(4096, Math.ceil(body.length / random.integer(1, 60))));
  for (let at = 0; at < body.length; ) {
    const length = random.integer(1, longest);
    yield body.subarray(at, at + length);
    at += length;
  }
}

/** Resolves when the bytes are with the kernel, so that the next piece is a write, and mostly a read, of its own. */
function write(outgoing: ServerResponse, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.once('close', gone);
    function gone() {
      reject(new Error('the client left'));
    }
    outgoing.write(piece, (error) => {
      outgoing.off('close', gone);
      if (error) reject(error);
      else setImmediate(resolve);
    });
  });
}
