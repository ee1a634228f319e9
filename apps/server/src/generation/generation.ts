import type { Generation as Batches, Bedrock, Bulk, GenerateOptions } from '@streambed/bedrock';
import {
  type Ending,
  type EventItem,
  encodeEvent,
  endOf,
  type GenerationId,
  type GenerationStop,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import { forRequest, requestInHand } from '../http/request-context.ts';
import type { StreamLog } from '../stream-log/stream-log.ts';
import type { Owner } from './owner.ts';
import { turns } from './turn-share.ts';

export interface Gaps {
  observe(seconds: number): void;
}

/** What is run, for whom. */
export interface GenerationTask {
  readonly id: GenerationId;
  readonly owner: Owner;
  readonly request: MessagesRequest;
  /** false: the upstream is asked for the whole answer at once. */
  readonly stream: boolean;
  /** The account of the configuration that it is called as, where its target names none. */
  readonly account?: string;
  /** The servers that the request has passed through. */
  readonly hops?: readonly string[];
  /** What stand-ins in the request stand for. */
  readonly bulk?: Bulk | undefined;
  /** What runs it in place of `bedrock.generate`. */
  readonly source?: OpenSource | undefined;
  /** Told of the time between two readings of the upstream, in seconds. */
  readonly gaps?: Gaps | undefined;
}

/**
 * Opens what a generation's events come from, under the rules of `bedrock.generate`: what is known to be wrong is thrown
 * at once, nothing after that, and the last event is the one `generation_stop`.
 */
export type OpenSource = (how: GenerateOptions) => Batches;

/** Where a generation goes, in how many attempts so far, and what had to be left out of its request or filled in. */
export type Fitted = Pick<Batches, 'target' | 'attempts' | 'dropped' | 'defaulted'>;

/** Made once: an abort without a reason makes an exception with a stack each time. */
const unwanted = new Error('nobody wants it any more');

/** One run of a model on one request. It belongs to the server; sockets only read its log. */
export class Generation {
  readonly id: GenerationId;
  /** As the request names it. */
  readonly model: string;
  /** Resolves once `generation_stop` is in the log. Never rejects. */
  readonly done: Promise<void>;
  /** The end, once there is one. */
  stop: GenerationStop | undefined;
  /** What was thrown where nothing may be. */
  fault: unknown;
  readonly #log: StreamLog;
  readonly #gaps: Gaps | undefined;
  readonly #batches: Batches;
  readonly #abort = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  readonly #startedAt = performance.now();

  /** Throws at once what is known to be wrong with the request; nothing runs before {@link run}. */
  constructor(task: GenerationTask, bedrock: Bedrock, log: StreamLog) {
    this.id = task.id;
    this.model = task.request.model;
    this.done = this.#done.promise;
    this.#log = log;
    this.#gaps = task.gaps;
    const how = {
      signal: this.#abort.signal,
      stream: task.stream,
      generation: task.id,
      project: task.owner.project,
      ...(task.account !== undefined && { account: task.account }),
      ...(task.hops !== undefined && { hops: task.hops }),
      ...(task.bulk !== undefined && { bulk: task.bulk }),
    };
    this.#batches = task.source?.(how) ?? bedrock.generate(task.request, how);
  }

  /** As it stands: it changes while there are attempts. */
  get fitted(): Fitted {
    return this.#batches;
  }

  /** Ends the run and closes its upstream request; without a reason it ends `cancelled`. Idempotent. */
  cancel(reason?: StreambedError): void {
    this.#abort.abort(reason ?? unwanted);
  }

  /** Runs the model. Its log must be open. Called once; never throws. */
  run(): void {
    // A fault that nobody catches must not leave it running with nobody at the wheel.
    const fail = () => this.cancel(new StreambedError('SB_INTERNAL'));
    const { id = this.id } = requestInHand() ?? {};
    forRequest({ id, generation: this.id, fail }, () => void this.#run().then(this.#done.resolve));
  }

  /** Moves events to the log as they come, then makes sure that there is exactly one end. */
  async #run(): Promise<void> {
    let fault: StreambedError | undefined;
    let stop: GenerationStop | undefined;
    let readAt: number | undefined;
    try {
      for await (const batch of this.#batches) {
        stop = endOf(batch);
        if (stop === undefined) readAt = this.#observeGap(readAt);
        if (fault === undefined) {
          const appended = this.#append(batch);
          fault = appended instanceof Promise ? await appended : appended;
          if (fault !== undefined) this.#abort.abort(fault);
          else this.stop = stop;
        }
        const later = turns.take();
        if (later !== undefined) await later;
      }
    } catch (thrown) {
      fault ??= StreambedError.from(thrown);
      this.fault = thrown;
    }
    if (this.stop === undefined) await this.#end(stop, fault ?? new StreambedError('SB_INTERNAL'));
  }

  /** Measures the time between two readings of the upstream, where somebody wants to know; gives back the time. */
  #observeGap(before: number | undefined): number | undefined {
    if (this.#gaps === undefined) return undefined;
    const now = performance.now();
    if (before !== undefined) this.#gaps.observe((now - before) / 1000);
    return now;
  }

  /** Appends, and gives back why it could not: at once, or where it takes time a promise of it, which never rejects. */
  #append(batch: readonly EventItem[]): Promise<StreambedError | undefined> | StreambedError | undefined {
    try {
      return this.#log.append(this.id, batch)?.then(() => undefined, StreambedError.from);
    } catch (thrown) {
      return StreambedError.from(thrown);
    }
  }

  /** Writes the end that the upstream's way did not bring into the log, with what is known of the counts. */
  async #end(known: GenerationStop | undefined, fault: StreambedError): Promise<void> {
    const state: Ending = 'failed';
    const stop: GenerationStop = {
      stop_reason: null,
      usage: {},
      cost: { status: 'unknown' },
      timing: { total_ms: Math.round(performance.now() - this.#startedAt) },
      ...known,
      type: 'generation_stop',
      state,
      error: fault.toInfo(),
    };
    await this.#append([encodeEvent(stop)]);
    this.stop = stop;
  }
}
