import { type GenerationId, type GenerationStop, StreambedError } from '@streambed/protocol';
import { type Reservation, tokensOf } from '../access/allowance.ts';
import type { SurfaceName } from '../access/caller.ts';
import { estimateTokens } from '../access/estimate-tokens.ts';
import { randomText } from '../random-text.ts';
import type { GenerationName, GenerationView, StreamLog } from '../stream-log/stream-log.ts';
import { untilEnd } from '../stream-log/until-end.ts';
import type { UsageLedger } from '../usage/usage-ledger.ts';
import { askedOf } from '../usage/usage-record.ts';
import type { Admission, Leave } from './admission.ts';
import { Entrance } from './entrance.ts';
import type { Fitted, Generation } from './generation.ts';
import { type GenerationMeans, type Opened, openGeneration } from './open-generation.ts';
import { nameOfId, type Owner } from './owner.ts';
import { checkBounds } from './request-bounds.ts';
import { Runs } from './runs.ts';
import { orderDigest, type StartOrder } from './start-order.ts';
import { Starts } from './starts.ts';
import { turns } from './turn-share.ts';

/** What the registry is made of. */
export interface RegistryOptions extends Omit<GenerationMeans, 'node'> {
  readonly admission: Admission;
  /** With `on_disconnect: cancel`: how long a generation runs on with no reader. */
  readonly abandonMs?: number;
  /**
   * Throws where this caller may not start anything, or not now, or not with this model. What it gives back is told how many
   * tokens were used in the end.
   */
  readonly permit?: (order: Pick<StartOrder, 'caller' | 'request' | 'bulk'>) => Reservation;
  /** Where what is used is written down: from the beginning on, and at the end where the log could not tell of it. */
  readonly usage?: Pick<UsageLedger, 'began' | 'ended'>;
  /** Told of what was asked and never became a generation. */
  readonly onRefused?: (surface: SurfaceName | undefined, thrown: unknown) => void;
  /** Told of every end. */
  readonly onEnd?: (generation: Generation) => void;
}

const defaultAbandonMs = 10_000;

/** Who is running here: starts, cancels, and ends what nobody wants. What there is to read is the log's to know. */
export class GenerationRegistry {
  readonly log: StreamLog;
  readonly admission: Admission;
  readonly #options: RegistryOptions;
  readonly #means: GenerationMeans;
  readonly #starts = new Starts();
  readonly #entrance: Entrance;
  readonly #runs: Runs;

  constructor(options: RegistryOptions) {
    const { log, admission, abandonMs = defaultAbandonMs } = options;
    this.#options = options;
    this.#means = { ...options, node: `node_${randomText(9)}` };
    this.log = log;
    this.admission = admission;
    this.#entrance = new Entrance(admission);
    this.#runs = new Runs(log, abandonMs);
  }

  /**
   * Starts a generation, or finds the one that this owner's `clientId` already names. Rejects with what refuses it:
   * what `permit` throws, `SB_DRAINING`, `SB_TOO_MANY_GENERATIONS`, `SB_ID_REUSED`, `SB_EXPIRED`, `SB_STORE_FAILED`,
   * or what `bedrock.generate` knows to be wrong.
   */
  start(order: StartOrder): Promise<GenerationView> {
    const { clientId, caller, surface } = order;
    // The same id twice at once: the second finds what the first has made, also where that answers tools.
    const name = clientId === undefined ? undefined : nameOfId(caller.owner, clientId);
    const starting = this.#starts.begin(name, () => this.#start(order));
    starting.catch((thrown: unknown) => this.#options.onRefused?.(surface, thrown));
    return starting;
  }

  async #start(order: StartOrder): Promise<GenerationView> {
    const { permit, usage, onEnd } = this.#options;
    const { clientId, caller, whenUnread = 'continue' } = order;
    // Many that come at once begin one after the other, and others have their turn between them.
    const later = turns.take();
    if (later !== undefined) await later;
    const { owner } = caller;
    checkBounds(order.request, order.bulk);
    const digest = clientId === undefined ? undefined : orderDigest(order);
    if (clientId !== undefined) {
      const known = await this.log.find(owner, { id: clientId });
      if (known !== undefined) return sameRequest(known, digest);
    }

    const reserved = permit?.(order);
    let leave: Leave;
    try {
      leave = await this.#entrance.enter(order);
    } catch (thrown) {
      reserved?.settle(0);
      throw thrown;
    }
    let opened: Opened;
    try {
      opened = await openGeneration(order, digest, this.#means);
      // Another call was quicker with the same id.
      if (opened.view.record.generation !== opened.generation.id) {
        leave();
        reserved?.settle(0);
        return sameRequest(opened.view, digest);
      }
    } catch (thrown) {
      leave();
      reserved?.settle(0);
      throw thrown;
    }
    const { generation, view } = opened;
    // What it follows is asked again, and may be much more than what is new.
    if (order.history !== undefined) {
      const { request, bulk } = opened.asked;
      reserved?.expect(() => estimateTokens(request, bulk));
    }
    if (clientId !== undefined && this.#entrance.takeCancelled(owner, clientId)) generation.cancel();
    this.#runs.begin(generation, whenUnread);
    const asked = askedOf(view.record);
    const noted = usage?.began(asked);
    if (noted !== undefined) await noted;
    generation.run();
    generation.done.then(() => {
      leave();
      reserved?.settle(tokensOf(generation.stop?.usage));
      this.#runs.end(generation);
      if (generation.stop !== undefined) void usage?.ended(asked, generation.stop);
      this.#means.histories.ended(view.record);
      onEnd?.(generation);
    });
    return view;
  }

  /**
   * Cancels what either name names and waits for its end. An `id` not seen yet is remembered: should it start within a
   * minute, it ends at once. Nothing where there is no such generation; `expired` where its end is no longer kept.
   */
  async cancel(owner: Owner, name: GenerationName): Promise<Cancelled | undefined> {
    const view = await this.log.find(owner, name);
    if (view === undefined) {
      if (name.generation !== undefined || name.id === undefined) return undefined;
      this.#entrance.cancel(owner, name.id);
      return { state: 'cancelled' };
    }
    const { generation } = view.record;
    if (view.expired) throw new StreambedError('SB_EXPIRED');
    this.log.cancel(generation);
    const stop = view.stop ?? (await untilEnd(this.log, generation, view.head, new AbortController().signal));
    return { generation, state: stop?.state ?? 'cancelled' };
  }

  /** How the request of a generation that runs here was fitted; undefined for another. */
  fitted(generation: GenerationId): Fitted | undefined {
    return this.#runs.get(generation)?.fitted;
  }

  /** Waits for the end of a generation that this owner has and that runs here, without reading its events. */
  async ended(owner: Owner, generation: GenerationId): Promise<GenerationStop | undefined> {
    const run = this.#runs.get(generation);
    await run?.done;
    return run?.stop ?? (await this.log.find(owner, { generation }))?.stop;
  }

  /** Counts a reader of a generation until the returned function is called. */
  attach(generation: GenerationId): () => void {
    return this.#runs.attach(generation);
  }

  /**
   * Refuses what is new and waits for what runs; after `ms` the rest is ended `interrupted`. Resolves when nothing
   * runs any more.
   */
  async drain(ms: number): Promise<void> {
    this.admission.drain();
    await this.#starts.settled();
    await this.#runs.drain(ms);
  }
}

/** What became of a cancel: nothing had started yet where there is no generation. */
export interface Cancelled {
  readonly generation?: GenerationId;
  readonly state: GenerationStop['state'];
}

/** The generation that an id already names, if it is asked for with the same request. */
function sameRequest(known: GenerationView, digest: string | undefined): GenerationView {
  if (known.record.digest !== digest) throw new StreambedError('SB_ID_REUSED', undefined, { field: 'id' });
  if (known.expired) throw new StreambedError('SB_EXPIRED', undefined, { field: 'id' });
  return known;
}
