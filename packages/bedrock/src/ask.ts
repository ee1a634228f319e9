import { StreambedError } from '@streambed/protocol';
import type { Client } from './client.ts';
import { delay, orAborted, startDeadline } from './deadlines.ts';
import { failureFromResponse } from './errors/errors-from-aws.ts';
import { failureFromNetwork } from './errors/errors-from-network.ts';
import { type CallContext, CallFailed, type Failure } from './errors/failure.ts';
import { type Fields, parseFields } from './families/chunk.ts';
import type { Body } from './http/body.ts';
import type { Endpoint } from './http/endpoint.ts';
import { queryString } from './http/endpoint.ts';
import { mayRetry, retryDelay } from './http/retry.ts';
import { Exchange } from './http/send.ts';
import { authorize } from './http/sign.ts';
import type { ResponseHead } from './http/wire.ts';
import type { Target } from './models/resolve-model.ts';

/** A call whose answer is one JSON object, of the runtime or of the control plane. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly endpoint: Endpoint;
  /** Below the endpoint's own path, percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Body;
  /** What is asked about: its id stands in errors, its account and region sign. */
  readonly target: Target;
  /** The IAM action, for errors. */
  readonly action: string;
  readonly signal: AbortSignal;
  /** For all attempts together, in milliseconds. */
  readonly totalMs: number;
  readonly maxBytes: number;
}

export interface Answer {
  readonly head: ResponseHead;
  /** The body as it came, and read. */
  readonly text: string;
  readonly fields: Fields;
}

/**
 * Asks until there is an answer or no more sense in asking: retries as the error table and the client's budget allow.
 * Throws `StreambedError`, or `signal.reason` when that ends it.
 */
export async function ask(question: Question, client: Client): Promise<Answer> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(question.signal.reason);
  if (question.signal.aborted) onAbort();
  else question.signal.addEventListener('abort', onAbort, { once: true });
  using _total = startDeadline(question.totalMs, 'SB_TIMEOUT_TOTAL', (error) => stop.abort(error));
  using slot = client.takeSlot();
  try {
    if (slot === undefined) throw new StreambedError('SB_TOO_MANY_GENERATIONS');
    for (let attempt = 1; ; attempt++) {
      stop.signal.throwIfAborted();
      try {
        const answer = await askOnce(question, client, stop.signal);
        client.retry.budget.succeeded();
        return answer;
      } catch (thrown) {
        stop.signal.throwIfAborted();
        await pause(attempt, failureOf(thrown, question, client), client, stop.signal);
      }
    }
  } finally {
    question.signal.removeEventListener('abort', onAbort);
  }
}

async function pause(attempt: number, failure: Failure, client: Client, signal: AbortSignal): Promise<void> {
  const { attempts, maxDelayMs, budget } = client.retry;
  const { error, retry, retryAfterMs = 0 } = failure;
  if (!mayRetry(attempt, retry, attempts) || retryAfterMs > maxDelayMs || !budget.take()) throw error;
  await delay(retryDelay(attempt, retry, { random: client.random, maxDelayMs, retryAfterMs }), signal);
}

async function askOnce(question: Question, client: Client, signal: AbortSignal): Promise<Answer> {
  const { method, endpoint, path, query = {}, body, target } = question;
  const source = client.credentialsOf(target);
  const authorization = await orAborted(Promise.resolve(source.get()), signal);
  const request = {
    method,
    origin: endpoint.origin,
    path: `${endpoint.basePath}${path}`,
    query,
    headers: {
      accept: 'application/json',
      'user-agent': 'streambed',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...question.headers,
    },
    body,
  };
  const headers = await authorize(request, authorization, { region: target.region, now: client.now() });
  signal.throwIfAborted();
  const call = {
    method,
    origin: request.origin,
    path: `${request.path}${queryString(query)}`,
    headers,
    body,
  };
  const exchange = new Exchange(client.wire, call, client.deadlines.connectMs);
  const onAbort = () => exchange.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const head = await exchange.head;
    const text = await exchange.text(question.maxBytes);
    if (head.status === 200) return { head, text, fields: parseFields(text) };
    const failure = failureFromResponse(head, text, contextOf(question, client));
    const retry =
      failure.retry === 'credentials' ? (source.renew(authorization) ? 'once' : 'never') : failure.retry;
    throw new CallFailed({ ...failure, retry });
  } finally {
    signal.removeEventListener('abort', onAbort);
    exchange.abort(signal.reason ?? new Error('closed by its owner'));
  }
}

function failureOf(thrown: unknown, question: Question, client: Client): Failure {
  if (thrown instanceof CallFailed) return thrown.failure;
  return failureFromNetwork(thrown, contextOf(question, client), false);
}

function contextOf({ target, action, endpoint }: Question, client: Client): CallContext {
  return {
    target: target.id,
    model: target.model.id,
    region: target.region,
    action,
    host: endpoint.host,
    now: client.now(),
  };
}
