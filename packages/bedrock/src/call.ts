import { type EventItem, StreambedError, type Usage } from '@streambed/protocol';
import type { Client } from './client.ts';
import { type Deadline, type Deadlines, orAborted, startDeadline } from './deadlines.ts';
import { failureFromResponse } from './errors/errors-from-aws.ts';
import { failureFromNetwork } from './errors/errors-from-network.ts';
import { type CallContext, CallFailed, type Failure } from './errors/failure.ts';
import type { WireEnd, WireReader, WireRequest } from './families/family.ts';
import { metricsFromHeaders, usageFromHeaders } from './http/answer-counts.ts';
import { type Endpoint, modelPath } from './http/endpoint.ts';
import { Exchange } from './http/send.ts';
import { authorize } from './http/sign.ts';
import type { ResponseHead } from './http/wire.ts';
import type { Target } from './models/resolve-model.ts';
import { createEventReader, type EventReader, type Tap } from './read-events.ts';

/** Carries the ids of the servers a request has passed through, so that one that comes back is noticed. */
export const hopHeader = 'x-streambed-hop';

/** Bodies of errors are short; whole answers may hold images and long thinking. */
const maxErrorBytes = 64 * 1024;
const maxAnswerBytes = 64 * 1024 * 1024;

const operations = {
  invoke: { whole: 'invoke', stream: 'invoke-with-response-stream' },
  converse: { whole: 'converse', stream: 'converse-stream' },
} as const;

/** A family's request, or somebody else's native body, untouched. */
export type SentRequest = Omit<WireRequest, 'body' | 'dropped'> & { readonly body: string | Uint8Array };

/** One attempt: what is sent where, and who reads the answer. */
export interface Attempt<E = EventItem> {
  readonly target: Target;
  readonly wire: SentRequest;
  readonly reader: WireReader<E>;
  readonly deadlines: Deadlines;
  /** The generation's own end (cancelled, total deadline): closes this attempt too. */
  readonly signal: AbortSignal;
  readonly hops: readonly string[];
  /** Gets the answer as it comes, before it is read. */
  readonly tap?: Tap;
}

/** An upstream call whose answer has begun. Its owner calls `close`. */
export class Call<E = EventItem> {
  readonly head: ResponseHead;
  /** What it came to; there once `read` has returned undefined. */
  ending: WireEnd | undefined;
  /** Whether we closed a stream that had more to say: its reader had met a stop sequence. */
  cutShort = false;
  readonly #attempt: Attempt<E>;
  readonly #exchange: Exchange;
  readonly #events: EventReader<E>;
  readonly #context: CallContext;
  readonly #firstEvent: Disposable | undefined;
  readonly #detach: () => void;
  #idle: Deadline | undefined;
  #waiting = false;
  #sawEvent = false;
  #failure: Failure | undefined;

  constructor(
    attempt: Attempt<E>,
    exchange: Exchange,
    head: ResponseHead,
    context: CallContext,
    firstEvent: Disposable | undefined,
    detach: () => void,
  ) {
    this.head = head;
    this.#attempt = attempt;
    this.#exchange = exchange;
    this.#context = context;
    this.#firstEvent = firstEvent;
    this.#detach = detach;
    this.#events = createEventReader(attempt.reader, context, this.requestId, attempt.tap);
  }

  get requestId(): string | undefined {
    return this.head.headers['x-amzn-requestid'];
  }

  /** Counts so far. InvokeModel says them in headers too: they fill in what the body leaves out. */
  get usage(): Usage {
    return { ...usageFromHeaders(this.head.headers), ...(this.ending?.usage ?? this.#attempt.reader.usage) };
  }

  /** `amazon-bedrock-invocationMetrics`, or what the headers say of them. */
  get metrics(): Readonly<Record<string, unknown>> | undefined {
    return this.ending?.metrics ?? metricsFromHeaders(this.head.headers);
  }

  /**
   * The events of the next read, possibly none; `undefined` at a good end. Throws `CallFailed`, after all events that
   * came before the failure have been returned.
   */
  async read(): Promise<readonly E[] | undefined> {
    if (this.#failure !== undefined) throw new CallFailed(this.#failure);
    if (this.ending !== undefined) return undefined;
    const into: E[] = [];
    try {
      if (this.#attempt.wire.stream) {
        const next = this.#exchange.next();
        this.#readStream(next instanceof Promise ? await this.#watched(next) : next, into);
      } else this.#readWhole(await this.#exchange.bytes(maxAnswerBytes), into);
    } catch (thrown) {
      this.#settle(thrown, into);
    }
    this.#waiting = false;
    if (into.length > 0) {
      this.#sawEvent = true;
      this.#firstEvent?.[Symbol.dispose]();
      return into;
    }
    if (this.#failure !== undefined) throw new CallFailed(this.#failure);
    return this.ending === undefined ? into : undefined;
  }

  /** Ends the upstream request, if it still runs, and all timers. */
  close(): void {
    this.#firstEvent?.[Symbol.dispose]();
    this.#idle?.[Symbol.dispose]();
    this.#detach();
    this.#exchange.abort(closed);
  }

  #readStream(chunks: Uint8Array[] | undefined, into: E[]): void {
    const { reader } = this.#attempt;
    if (chunks === undefined) {
      this.#events.end();
    } else {
      this.#events.read(chunks, into);
      if (reader.done !== true) return;
      this.cutShort = true;
      this.#exchange.abort(closed);
    }
    this.ending = reader.end(into);
  }

  #readWhole(body: Buffer, into: E[]): void {
    this.#attempt.reader.readWhole(body.toString('utf8'), into);
    // Only what could be read: a broken body may be followed by the whole one of another attempt.
    this.#attempt.tap?.bytes(body);
    this.ending = this.#attempt.reader.end(into);
  }

  /**
   * Silence is counted from the first event on, and only while we wait: a slow consumer of ours is not the model's
   * fault.
   */
  #watched(next: Promise<Uint8Array[] | undefined>): Promise<Uint8Array[] | undefined> {
    if (!this.#sawEvent) return next;
    this.#waiting = true;
    if (this.#idle !== undefined) this.#idle.restart();
    else {
      this.#idle = startDeadline(this.#attempt.deadlines.idleMs, 'SB_TIMEOUT_IDLE', (error) => {
        if (this.#waiting) this.#exchange.abort(error);
      });
    }
    return next;
  }

  /** The stream broke. Complete is complete all the same: when its own end was seen, nothing is missing. */
  #settle(thrown: unknown, into: E[]): void {
    try {
      this.ending = this.#attempt.reader.end(into);
    } catch {
      this.#failure = failureOf(thrown, this.#context, this.#sawEvent || into.length > 0);
    }
  }
}

const closed = new Error('closed by its owner');

/** Anything an attempt can fail with. */
function failureOf(thrown: unknown, context: CallContext, inStream: boolean): Failure {
  return thrown instanceof CallFailed ? thrown.failure : failureFromNetwork(thrown, context, inStream);
}

/**
 * Sends one attempt and waits for the head of its answer. Throws `CallFailed` for an error answer or a connection that
 * failed, or the signal's reason.
 */
export async function openCall<E>(attempt: Attempt<E>, client: Client): Promise<Call<E>> {
  const { target, wire, deadlines, signal } = attempt;
  const endpoint = client.endpointOf(target);
  const context = contextOf(attempt, endpoint, client.now());
  let exchange: Exchange | undefined;
  // Ends what is waited for before there is something to close.
  const stop = new AbortController();
  const end = (reason: unknown) => {
    if (exchange === undefined) stop.abort(reason);
    else exchange.abort(reason);
  };
  const onAbort = () => end(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  // An answer that comes whole sends nothing until it is done: only the total deadline bounds it.
  const firstEvent = wire.stream
    ? startDeadline(deadlines.firstEventMs, 'SB_TIMEOUT_FIRST_EVENT', end)
    : undefined;
  const detach = () => signal.removeEventListener('abort', onAbort);
  try {
    const source = client.credentialsOf(target);
    const held = source.get();
    const authorization = held instanceof Promise ? await orAborted(held, stop.signal) : held;
    const request = {
      method: 'POST' as const,
      origin: endpoint.origin,
      path: `${endpoint.basePath}${modelPath(target.id, operations[wire.api][wire.stream ? 'stream' : 'whole'])}`,
      headers: headersOf(attempt, client.options.hop),
      body: wire.bulk?.splice(wire.body) ?? wire.body,
    };
    const headers = await authorize(request, authorization, { region: target.region, now: client.now() });
    stop.signal.throwIfAborted();
    const sent = new Exchange(client.wire, { ...request, headers }, deadlines.connectMs);
    exchange = sent;
    const head = await sent.head;
    if (head.status !== 200) {
      const failure = failureFromResponse(head, await sent.text(maxErrorBytes), context);
      throw new CallFailed(
        failure.retry === 'credentials'
          ? { ...failure, retry: source.renew(authorization) ? 'once' : 'never' }
          : failure,
      );
    }
    checkContentType(head, wire, context);
    attempt.tap?.begin(head);
    return new Call(attempt, sent, head, context, firstEvent, detach);
  } catch (thrown) {
    detach();
    firstEvent?.[Symbol.dispose]();
    exchange?.abort(closed);
    if (signal.aborted) throw signal.reason;
    throw new CallFailed(failureOf(thrown, context, false));
  }
}

/** A captive portal answers 200 with a page: it must not be read as an answer. */
function checkContentType(head: ResponseHead, wire: SentRequest, context: CallContext): void {
  const wanted = wire.stream ? 'application/vnd.amazon.eventstream' : 'application/json';
  const got = head.headers['content-type'];
  if (got === undefined || got.startsWith(wanted)) return;
  throw new StreambedError(
    'SB_UPSTREAM_UNEXPECTED',
    `${context.host} answered with ${got.split(';', 1)[0]} in place of ${wanted}. Check that the endpoint is Bedrock.`,
  );
}

function contextOf<E>({ target, wire }: Attempt<E>, endpoint: Endpoint, now: number): CallContext {
  return {
    target: target.id,
    model: target.model.id,
    region: target.region,
    action: wire.stream ? 'bedrock:InvokeModelWithResponseStream' : 'bedrock:InvokeModel',
    host: endpoint.host,
    now,
  };
}

/** The hop header of what is sent: where the request has been, and this server. */
export function hopHeaders(hops: readonly string[], hop: string | undefined): Record<string, string> {
  const passed = hop === undefined ? hops : [...hops, hop];
  return passed.length > 0 ? { [hopHeader]: passed.join(', ') } : {};
}

function headersOf<E>({ wire, hops }: Attempt<E>, hop: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: wire.stream ? 'application/vnd.amazon.eventstream' : 'application/json',
    'user-agent': 'streambed',
    ...(wire.api === 'invoke' && wire.stream && { 'x-amzn-bedrock-accept': 'application/json' }),
    ...wire.headers,
    ...hopHeaders(hops, hop),
  };
}
