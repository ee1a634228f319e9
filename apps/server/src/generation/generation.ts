import type { Bedrock } from '@streambed/bedrock';
import {
  type ClientId,
  type EncodedEvent,
  type Ending,
  encodeEvent,
  type GenerationId,
  type GenerationStop,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import type { GenerationState } from '@streambed/protocol/frames';
import type { StreamLog } from '../stream-log/stream-log.ts';

/** Whose generation it is. Until there are keys everyone is the same owner. */
export interface Owner {
  readonly project: string;
  readonly user: string;
}

/** What is run, for whom. */
export interface GenerationOrder {
  readonly id: GenerationId;
  /** The caller's own name for it, where there is one. */
  readonly clientId: ClientId | undefined;
  readonly owner: Owner;
  readonly request: MessagesRequest;
  /** false: the upstream is asked for the whole answer at once. */
  readonly stream: boolean;
  /** true: cancelled before it began. It ends at once and asks no upstream. */
  readonly cancelled: boolean;
}

/** One run of a model on one request. It belongs to the server; sockets only read its log. */
export class Generation {
  readonly id: GenerationId;
  readonly clientId: ClientId | undefined;
  readonly owner: Owner;
  /** As the request names it. */
  readonly model: string;
  /** Resolves once `generation_stop` is in the log. Never rejects. */
  readonly done: Promise<void>;
  /** The end, once there is one. */
  stop: GenerationStop | undefined;
  readonly #log: StreamLog;
  readonly #abort = new AbortController();
  readonly #startedAt = performance.now();

  /** Starts the run. Throws at once what is known to be wrong with the request; then there is no generation. */
  constructor(order: GenerationOrder, bedrock: Bedrock, log: StreamLog) {
    this.id = order.id;
    this.clientId = order.clientId;
    this.owner = order.owner;
    this.model = order.request.model;
    this.#log = log;
    if (order.cancelled) this.#abort.abort();
    const batches = bedrock.generate(order.request, {
      signal: this.#abort.signal,
      stream: order.stream,
      generation: order.id,
      project: order.owner.project,
    });
    log.open(this.id);
    this.done = this.#run(batches);
  }

  get state(): GenerationState {
    return this.stop?.state ?? 'running';
  }

  /** Ends the run and closes its upstream request; without a reason it ends `cancelled`. Idempotent. */
  cancel(reason?: StreambedError): void {
    this.#abort.abort(reason);
  }

  /** Moves events to the log as they come, then makes sure that there is exactly one end. */
  async #run(batches: AsyncIterable<readonly EncodedEvent[]>): Promise<void> {
    let fault: StreambedError | undefined;
    let stop: GenerationStop | undefined;
    try {
      for await (const batch of batches) {
        const last = batch.at(-1)?.event;
        if (last?.type === 'generation_stop') stop = last;
        if (fault === undefined) {
          fault = await this.#append(batch);
          if (fault !== undefined) this.#abort.abort(fault);
          else this.stop = stop;
        }
      }
    } catch (thrown) {
      fault ??= StreambedError.from(thrown);
    }
    if (this.stop === undefined) await this.#end(stop, fault ?? new StreambedError('SB_INTERNAL'));
  }

  /** Appends, and gives back why it could not. */
  async #append(batch: readonly EncodedEvent[]): Promise<StreambedError | undefined> {
    try {
      await this.#log.append(this.id, batch);
      return undefined;
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
