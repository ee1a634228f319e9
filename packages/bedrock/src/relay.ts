import { type GenerationStop, StreambedError } from '@streambed/protocol';
import { type Attempt, type Call, openCall, type SentRequest } from './call.ts';
import type { Client } from './client.ts';
import type { CallOptions } from './count-tokens.ts';
import { startDeadline } from './deadlines.ts';
import { CallFailed } from './failure.ts';
import type { ResponseHead } from './http/send.ts';
import { NativeReader } from './native-reader.ts';
import { isRepriced } from './plan.ts';
import type { Resolved, Target } from './resolve-model.ts';
import { stopEvent } from './stop-event.ts';
import { Route } from './targets/route.ts';

export interface RelayOptions extends CallOptions {
  /** As for `generate`: beside an invoke body they go into AWS's invocation log. */
  readonly generation: string;
  readonly project?: string;
  readonly hops?: readonly string[];
}

/**
 * An answer on its way through, untouched. It has begun well: a refusal was thrown instead. Reading gives the upstream's
 * own bytes and never throws; once it is over, `stop` says how it ended, as a generation's last event would. An
 * exception in the stream is relayed too, and its error is in `stop`. It is read to its end, left early, or its signal
 * aborted: until then it holds an upstream connection.
 */
export interface Relay extends AsyncIterable<readonly Uint8Array[]> {
  /** The upstream's status and headers. */
  readonly head: ResponseHead;
  readonly target: string;
  readonly region: string;
  readonly attempts: number;
  /** There once the last bytes have been read. */
  readonly stop: GenerationStop | undefined;
}

/** The reader stopped before the end: its own wish, as when it aborts. */
const left = new Error('its reader left');

/** One relay: attempts until one begins well, then its bytes, then how it ended. */
export class RelayRun implements Relay {
  head: ResponseHead = { status: 0, headers: {} };
  stop: GenerationStop | undefined;
  readonly #wire: SentRequest;
  readonly #targets: Target[];
  readonly #route: Route;
  readonly #options: RelayOptions;
  readonly #client: Client;
  readonly #started: number;
  readonly #deadlines: Client['deadlines'];
  readonly #ending = new AbortController();
  readonly #owned = new DisposableStack();
  #call: Call<true> | undefined;
  /** Bytes that no reader has taken yet. */
  #waiting: Uint8Array[] = [];
  #firstEventAt: number | undefined;
  #reading = false;

  constructor(wire: SentRequest, resolved: Resolved, options: RelayOptions, client: Client, started: number) {
    this.#wire = wire;
    const [first] = resolved.targets;
    this.#targets = resolved.targets
      // A native body is one model's own: no other could read it.
      .filter(({ model }) => wire.api === 'converse' || model.id === first.model.id)
      .map((target) => ({ ...target, account: target.account ?? options.account }));
    const places = {
      targets: this.#targets.length,
      target: (index: number) => this.#targets[index] ?? first,
      useProfile: (index: number) => this.#useProfile(index),
    };
    this.#route = new Route(places, options.generation, client);
    this.#options = options;
    this.#client = client;
    this.#started = started;
    this.#deadlines = { ...client.deadlines, ...resolved.deadlines };
  }

  get target(): string {
    return this.#target.id;
  }

  get region(): string {
    return this.#target.region;
  }

  get attempts(): number {
    return this.#route.attempts;
  }

  get #target(): Target {
    return this.#targets[this.#route.index] as Target;
  }

  /** Reads up to the first event: an exception may be the first and only frame of a 200. */
  async open(): Promise<void> {
    this.#own();
    try {
      for (;;) {
        await this.#route.enter(this.#ending.signal);
        try {
          await this.#attempt();
          return;
        } catch (error) {
          this.#call?.close();
          this.#ending.signal.throwIfAborted();
          if (!(error instanceof CallFailed)) throw error;
          await this.#route.retry(error.failure, this.#ending.signal);
        }
      }
    } catch (error) {
      this.#end(error);
      throw error;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    const call = this.#call;
    if (call === undefined || this.stop !== undefined) return;
    this.#reading = true;
    let thrown: unknown = left;
    try {
      for (;;) {
        if (this.#waiting.length > 0) yield this.#take();
        if ((await call.read()) === undefined) break;
      }
      thrown = undefined;
    } catch (error) {
      thrown = this.#ending.signal.aborted ? this.#ending.signal.reason : error;
    } finally {
      if (thrown === left) this.#ending.abort(left);
      this.#end(thrown);
    }
    // What came with the end, or with the exception that was it.
    if (this.#waiting.length > 0) yield this.#take();
  }

  async #attempt(): Promise<void> {
    this.#waiting = [];
    const attempt: Attempt<true> = {
      target: this.#target,
      wire: this.#wire,
      reader: new NativeReader(this.#wire),
      deadlines: this.#deadlines,
      signal: this.#ending.signal,
      hops: this.#options.hops ?? [],
      tap: (bytes) => {
        this.#waiting.push(bytes);
      },
    };
    const call = await openCall(attempt, this.#client);
    this.#call = call;
    let events = await call.read();
    while (events?.length === 0) events = await call.read();
    this.#firstEventAt = this.#client.now();
    this.#route.worked();
    this.head = call.head;
  }

  /** Slot, total deadline, and the caller's signal. */
  #own(): void {
    const slot = this.#client.takeSlot();
    if (slot === undefined) throw new StreambedError('SB_TOO_MANY_GENERATIONS');
    this.#owned.use(slot);
    const { signal } = this.#options;
    const onAbort = () => this.#ending.abort(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    this.#owned.defer(() => signal.removeEventListener('abort', onAbort));
    // Nobody reads (yet): what is held must not wait for a reader that never comes.
    this.#ending.signal.addEventListener('abort', () => {
      if (!this.#reading && this.head.status !== 0) this.#end(this.#ending.signal.reason);
    });
    this.#owned.use(
      startDeadline(this.#deadlines.totalMs, 'SB_TIMEOUT_TOTAL', (error) => this.#ending.abort(error)),
    );
  }

  #end(thrown: unknown): void {
    this.#call?.close();
    this.#owned.dispose();
    this.#route.left();
    if (this.stop !== undefined) return;
    this.stop = stopEvent({
      started: this.#started,
      target: this.#target,
      call: this.#call,
      attempts: this.attempts,
      failed: this.#route.failed,
      repriced: isRepriced(askedFor(this.#wire.headers ?? {})),
      thrown,
      firstEventAt: this.#firstEventAt,
      signal: this.#ending.signal,
      now: this.#client.now(),
    });
    if (this.#call !== undefined) this.#route.used(this.stop.usage);
  }

  #useProfile(index: number): boolean {
    const { profile, ...target } = this.#targets[index] as Target;
    if (profile === undefined) return false;
    this.#targets[index] = { ...target, id: profile };
    return true;
  }

  #take(): readonly Uint8Array[] {
    const bytes = this.#waiting;
    this.#waiting = [];
    return bytes;
  }
}

function askedFor(headers: Readonly<Record<string, string>>): { service_tier?: string; latency?: string } {
  const tier = headers['x-amzn-bedrock-service-tier'];
  const latency = headers['x-amzn-bedrock-performanceconfig-latency'];
  return {
    ...(tier !== undefined && { service_tier: tier }),
    ...(latency !== undefined && { latency }),
  };
}
