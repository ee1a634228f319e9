import { createHash } from 'node:crypto';
import { type AuthOptions, authenticate } from './auth.ts';
import { control, isControlPath } from './control-api.ts';
import type { Core } from './core.ts';
import { AwsError, constraintError, validationError } from './errors.ts';
import { ConnectionGone, type EndedBy, type Exchange } from './exchange.ts';
import type { FaultRules } from './fault-rules.ts';
import { type Fault, parseFault } from './faults.ts';
import type { Ledger, ReceivedRequest } from './ledger.ts';
import { resolveModel } from './model.ts';
import { converse } from './operations/converse.ts';
import { converseStream } from './operations/converse-stream.ts';
import { direct } from './operations/direct.ts';
import { invoke } from './operations/invoke.ts';
import { invokeStream } from './operations/invoke-stream.ts';
import { invokeVectors } from './operations/invoke-vectors.ts';
import { throwFault } from './operations/prepare.ts';
import type { Passing } from './replay/replay.ts';
import { findRoute, type Operation } from './route.ts';

/** AWS: "at most 25,000,000 bytes". */
const maxBodyBytes = 25_000_000;

export interface HandleOptions {
  readonly core: Core;
  readonly ledger: Ledger;
  readonly auth: AuthOptions;
  readonly rules: FaultRules;
  /** Set: recorded answers, or a real endpoint's, in place of all operations. */
  readonly passing: Passing | undefined;
  readonly faults: ((request: ReceivedRequest) => Fault | undefined) | undefined;
  /** A mistake in a script or in the emulator itself; its caller has got a 500. */
  readonly onError: (error: unknown, path: string) => void;
}

/** Called with why a request ended; kept until then by whoever knows when that is. */
export type OnEnd = (note: (endedBy: EndedBy) => void) => void;

/**
 * The life of a request: body, route, credentials, model, operation. Whatever goes wrong on the way is answered in
 * AWS's shape; this never throws.
 */
export async function handle(exchange: Exchange, options: HandleOptions, onEnd: OnEnd): Promise<void> {
  try {
    await answer(exchange, options, onEnd);
  } catch (error) {
    if (error instanceof ConnectionGone) return;
    try {
      if (error instanceof AwsError) sendError(exchange, error);
      else {
        options.onError(error, exchange.path);
        sendError(exchange, new AwsError('InternalServerException'));
      }
    } catch {
      // Headers or the connection were already gone: nothing can be told any more.
      exchange.cut();
    }
  }
}

async function answer(exchange: Exchange, options: HandleOptions, onEnd: OnEnd): Promise<void> {
  if (exchange.method === 'GET' && exchange.path === '/') {
    sendWelcome(exchange);
    return;
  }
  if (isControlPath(exchange.path)) {
    await control(exchange, { ledger: options.ledger, rules: options.rules, quotas: options.core.quotas });
    return;
  }
  const body = await exchange.readBody(maxBodyBytes);
  const route = attempt(() => findRoute(exchange.method, exchange.path));
  const received: ReceivedRequest = {
    operation: 'operation' in route ? route.operation : 'Unknown',
    modelId: 'operation' in route ? route.modelId : '',
    method: exchange.method,
    path: exchange.path,
    httpVersion: exchange.httpVersion,
    headers: exchange.headers,
    body: body?.toString('utf8') ?? '',
    at: options.auth.now(),
    requestId: exchange.requestId,
  };
  onEnd(options.ledger.received(received));
  if (options.passing !== undefined && body !== undefined) {
    await options.passing.answer(exchange, body);
    return;
  }
  if (route instanceof AwsError) throw route;

  if (body === undefined)
    throw constraintError(undefined, 'body', `Member must have length less than or equal to ${maxBodyBytes}`);
  const { method, path, query, headers } = exchange;
  const fault = chooseFault(received, options);
  if (fault?.type === 'skew') exchange.clockAheadMs = fault.ms;
  authenticate({ method, path, query, headers, body }, options.auth, exchange.clockAheadMs);
  throwFault(exchange, fault, true);
  const run = direct[route.operation];
  if (run !== undefined) {
    await run({ exchange, core: options.core, received, route, fault });
    return;
  }
  const model = resolveModel(route.modelId, options.core.profiles);
  options.core.quotas.admitRequest(route.modelId);
  const answerTo = model.kind === 'chat' ? onModel(route.operation) : onVectors(route.operation);
  await answerTo(exchange, options.core, received, model, fault);
}

/** The program's own word first, then the request's, then the rules. */
function chooseFault(received: ReceivedRequest, options: HandleOptions): Fault | undefined {
  const chosen = options.faults?.(received);
  if (chosen !== undefined) return chosen;
  const asked = received.headers['x-emulator-fault'];
  if (asked === undefined) return options.rules.take(received);
  const fault = parseFault(asked);
  if (typeof fault === 'string') throw validationError(`x-emulator-fault: ${fault}`);
  const key = `header ${asked} ${received.path} ${received.body}`;
  return options.core.faultCounter.take(fault, createHash('sha256').update(key).digest('base64'));
}

/** Embeddings and ranks come whole, by InvokeModel alone. Both texts are AWS's, from public reports. */
function onVectors(operation: Operation): typeof invoke {
  if (operation === 'InvokeModel') return invokeVectors;
  throw validationError(
    operation === 'InvokeModelWithResponseStream'
      ? 'The model is unsupported for streaming.'
      : "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
  );
}

function onModel(operation: Operation): typeof invoke {
  switch (operation) {
    case 'InvokeModel':
      return invoke;
    case 'InvokeModelWithResponseStream':
      return invokeStream;
    case 'Converse':
      return converse;
    case 'ConverseStream':
      return converseStream;
    default:
      throw new AwsError(
        'UnknownOperationException',
        `This is Streambed's local Bedrock: it doesn't speak ${operation} yet.`,
      );
  }
}

function attempt<T>(action: () => T): T | AwsError {
  try {
    return action();
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
}

function sendError(exchange: Exchange, error: AwsError): void {
  const body = Buffer.from(JSON.stringify(error.body), 'utf8');
  exchange.head(error.status, {
    'Content-Type': 'application/json',
    'Content-Length': String(body.length),
    'x-amzn-ErrorType': error.header,
  });
  exchange.end(body);
}

/** For people who open the address in a browser. No AWS operation is there. */
function sendWelcome(exchange: Exchange): void {
  const text = Buffer.from(
    "This is Streambed's local Bedrock. Set it as the endpoint of an AWS SDK:\n\n  AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http://" +
      `${exchange.headers.host ?? '127.0.0.1'}\n`,
    'utf8',
  );
  exchange.head(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(text.length) });
  exchange.end(text);
}
