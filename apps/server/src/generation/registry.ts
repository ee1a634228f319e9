import type { Bedrock, Bulk } from '@streambed/bedrock';
import {
  type ClientId,
  type GenerationId,
  type GenerationStop,
  generationIdFrom,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import { type Settle, tokensOf } from '../access/allowance.ts';
import type { Caller, SurfaceName } from '../access/caller.ts';
import type { Histories, HistoryOrder } from '../conversations/histories.ts';
import { randomText } from '../random-text.ts';
import type {
  GenerationName,
  GenerationRecord,
  GenerationView,
  StreamLog,
} from '../stream-log/stream-log.ts';
import { untilEnd } from '../stream-log/until-end.ts';
import type { UsageLedger } from '../usage/usage-ledger.ts';
import { askedOf } from '../usage/usage-record.ts';
import type { Admission, Leave, SocketLoad } from './admission.ts';
import { CancelledAhead } from './cancelled-ahead.ts';
import { type Fitted, type Gaps, Generation, type OpenSource } from './generation.ts';
import type { Owner } from './owner.ts';
import { checkBounds } from './request-bounds.ts';
import { requestDigest } from './request-digest.ts';
import { turns } from './turn-share.ts';

/** What the registry is made of. */
export interface RegistryOptions {
  readonly bedrock: Bedrock;
  readonly log: StreamLog;
  readonly admission: Admission;
  /** With `on_disconnect: cancel`: how long a generation runs on with no reader. */
  readonly abandonMs?: number;
  /** Knows what was said before, and keeps what is to be kept. */
  readonly histories: Histories;
  /**
   * Throws where this caller may not start anything, or not now, or not with this model. What it gives back is told how many
   * tokens were used in the end.
   */
  readonly permit?: (order: Pick<StartOrder, 'caller' | 'request' | 'bulk'>) => Settle;
  /** As which account of the configuration a project calls. */
  readonly accountOf?: (project: string) => { readonly account?: string };
  /** Where what is used is written down: from the beginning on, and at the end where the log could not tell of it. */
  readonly usage?: Pick<UsageLedger, 'began' | 'ended'>;
  /** Told of the time between two readings of an upstream, in seconds. */
  readonly gaps?: Gaps;
  /** Told of what was asked and never became a generation. */
  readonly onRefused?: (surface: SurfaceName | undefined, thrown: unknown) => void;
  /** Told of every end. */
  readonly onEnd?: (generation: Generation) => void;
}

const defaultAbandonMs = 10_000;

export interface StartOrder {
  readonly caller: Caller;
  /** The door it came in by. */
  readonly surface?: SurfaceName;
  readonly request: MessagesRequest;
  /** What stand-ins in the request stand for. */
  readonly bulk?: Bulk | undefined;
  /** What runs it in place of `bedrock.generate`; `request` then says of it what is known here, its model at least. */
  readonly source?: OpenSource;
  readonly socket: SocketLoad;
  /** The caller's own id. */
  readonly clientId?: ClientId;
  /** false: the upstream is asked for the whole answer at once. */
  readonly stream?: boolean;
  /** The servers that the request has passed through. */
  readonly hops?: readonly string[];
  /** Absent: stored where the disk lets it, in memory where it doesn't. */
  readonly store?: GenerationRecord['store'];
  /** What it follows or goes on with, and where it is kept. */
  readonly history?: Pick<HistoryOrder, 'conversation' | 'parent' | 'continues' | 'branch'>;
  /**
   * What happens when nobody reads it: it goes on; it is cancelled after a while; or it is cancelled at once and
   * forgotten after its end, since nobody else knows its name. The last kind must be attached to right after the start.
   */
  readonly whenUnread?: 'continue' | 'cancel' | 'cancel at once';
  /** Aborted when who asked is gone: what has no place yet is not waited for any more. */
  readonly gone?: AbortSignal;
  /** Told where it has to wait for a place. */
  readonly onQueued?: () => void;
}

/** A generation, and what its log names: another one, where that was quicker. */
interface Opened {
  readonly generation: Generation;
  readonly view: GenerationView;
}

/** A generation that runs here, and who reads it. */
interface Run {
  readonly generation: Generation;
  readonly whenUnread: NonNullable<StartOrder['whenUnread']>;
  readers: number;
  abandoned: NodeJS.Timeout | undefined;
}

/** Who is running here: starts, cancels, and ends what nobody wants. What there is to read is the log's to know. */
export class GenerationRegistry {
  readonly log: StreamLog;
  readonly admission: Admission;
  readonly #bedrock: Bedrock;
  readonly #histories: Histories;
  readonly #abandonMs: number;
  readonly #permit: RegistryOptions['permit'];
  readonly #accountOf: RegistryOptions['accountOf'];
  readonly #usage: RegistryOptions['usage'];
  readonly #gaps: RegistryOptions['gaps'];
  readonly #onRefused: RegistryOptions['onRefused'];
  readonly #onEnd: RegistryOptions['onEnd'];
  /** This process, in the records of what it runs. */
  readonly #node = `node_${randomText(9)}`;
  readonly #runs = new Map<GenerationId, Run>();
  /** Those whose log is just being opened. */
  readonly #starting = new Set<Promise<unknown>>();
  readonly #startingById = new Map<string, Promise<unknown>>();
  /** Those that wait for a place, by their caller's own id. */
  readonly #queuedById = new Map<string, AbortController>();
  readonly #cancelledAhead = new CancelledAhead();

  constructor(options: RegistryOptions) {
    const {
      bedrock,
      log,
      admission,
      histories,
      abandonMs = defaultAbandonMs,
      permit,
      usage,
      gaps,
      onRefused,
      onEnd,
    } = options;
    this.#bedrock = bedrock;
    this.#histories = histories;
    this.log = log;
    this.admission = admission;
    this.#abandonMs = abandonMs;
    this.#permit = permit;
    this.#accountOf = options.accountOf;
    this.#usage = usage;
    this.#gaps = gaps;
    this.#onRefused = onRefused;
    this.#onEnd = onEnd;
  }

  /**
   * Starts a generation, or finds the one that this owner's `clientId` already names. Rejects with what refuses it:
   * what `permit` throws, `SB_DRAINING`, `SB_TOO_MANY_GENERATIONS`, `SB_ID_REUSED`, `SB_EXPIRED`, `SB_STORE_FAILED`,
   * or what `bedrock.generate` knows to be wrong.
   */
  start(order: StartOrder): Promise<GenerationView> {
    // The same id twice at once: the second finds what the first has made, also where that answers tools.
    const name = order.clientId === undefined ? undefined : nameOf(order.caller.owner, order.clientId);
    const before = name === undefined ? undefined : this.#startingById.get(name);
    const start = () => this.#start(order);
    const starting = before === undefined ? start() : before.then(start, start);
    this.#starting.add(starting);
    if (name !== undefined) this.#startingById.set(name, starting);
    const done = () => {
      this.#starting.delete(starting);
      if (name !== undefined && this.#startingById.get(name) === starting) this.#startingById.delete(name);
    };
    starting.then(done, (thrown: unknown) => {
      done();
      this.#onRefused?.(order.surface, thrown);
    });
    return starting;
  }

  async #start(order: StartOrder): Promise<GenerationView> {
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

    const settle = this.#permit?.(order);
    let leave: Leave;
    try {
      leave = await this.#enter(order);
    } catch (thrown) {
      settle?.(0);
      throw thrown;
    }
    let opened: Opened;
    try {
      opened = await this.#prepare(order, digest);
      // Another call was quicker with the same id.
      if (opened.view.record.generation !== opened.generation.id) {
        leave();
        settle?.(0);
        return sameRequest(opened.view, digest);
      }
    } catch (thrown) {
      leave();
      settle?.(0);
      throw thrown;
    }
    const { generation, view } = opened;
    if (clientId !== undefined && this.#cancelledAhead.take(owner, clientId)) generation.cancel();
    const run: Run = { generation, whenUnread, readers: 0, abandoned: undefined };
    this.#runs.set(generation.id, run);
    if (whenUnread === 'cancel') this.#abandon(run);
    const asked = askedOf(view.record);
    const noted = this.#usage?.began(asked);
    if (noted !== undefined) await noted;
    generation.run();
    generation.done.then(() => {
      leave();
      settle?.(tokensOf(generation.stop?.usage));
      this.#end(run);
      if (generation.stop !== undefined) void this.#usage?.ended(asked, generation.stop);
      this.#histories.ended(view.record);
      this.#onEnd?.(generation);
    });
    return view;
  }

  /** Waits for a place to run at. What is cancelled by then needs none: it only gets its end. */
  async #enter({ caller, clientId, socket, gone, onQueued }: StartOrder): Promise<Leave> {
    const { owner } = caller;
    const isCancelled = () => clientId !== undefined && this.#cancelledAhead.has(owner, clientId);
    if (isCancelled() && !this.admission.draining) return () => {};
    const hasLeft = () => gone?.aborted === true;
    if (hasLeft()) throw new StreambedError('SB_CANCELLED');
    const leave = this.admission.enterNow({ caller, socket });
    if (leave !== undefined) return leave;
    const given = new AbortController();
    const name = clientId === undefined ? undefined : nameOf(owner, clientId);
    if (name !== undefined) this.#queuedById.set(name, given);
    const signal = gone === undefined ? given.signal : AbortSignal.any([given.signal, gone]);
    try {
      return await this.admission.enter({ caller, socket, signal, onQueued });
    } catch (thrown) {
      if (given.signal.aborted) return () => {};
      throw hasLeft() ? new StreambedError('SB_CANCELLED') : thrown;
    } finally {
      if (name !== undefined) this.#queuedById.delete(name);
    }
  }

  /** Puts the history in, checks the request, stores what is kept, and opens the log: all of it or nothing. */
  async #prepare(order: StartOrder, digest: string | undefined): Promise<Opened> {
    const { clientId, source, stream = true, hops = [] } = order;
    const { owner } = order.caller;
    const resolved = await this.#histories.resolve({ ...order, owner, ...order.history });
    const { request, bulk } = resolved;
    const id = generationIdFrom(randomText(16));
    const generation = new Generation(
      {
        id,
        owner,
        request,
        bulk,
        stream,
        hops,
        source,
        gaps: this.#gaps,
        ...this.#accountOf?.(owner.project),
      },
      this.#bedrock,
      this.log,
    );
    const startedAt = Date.now();
    const record: GenerationRecord = {
      generation: id,
      ...(clientId !== undefined && { id: clientId }),
      owner,
      ...(order.caller.key !== undefined && { key: order.caller.key }),
      ...(order.surface !== undefined && { surface: order.surface }),
      model: request.model,
      ...(digest !== undefined && { digest }),
      store: resolved.store ?? 'resume',
      ...resolved.record,
      startedAt,
      node: this.#node,
    };
    const takeBack = await resolved.accept?.({
      generation: id,
      ...(clientId !== undefined && { clientId }),
      at: startedAt,
    });
    try {
      // Asked for first, awaited together: what is refused here never gets a log.
      const keeping = this.#histories.opening(record, request, bulk !== undefined);
      const view = await this.#open(record, generation, order.store === undefined);
      await keeping;
      if (view.record.generation !== id) await takeBack?.();
      this.#histories.opened(view.record.generation === id ? view.record : { ...record, store: 'none' });
      return { view, generation };
    } catch (thrown) {
      this.#histories.opened({ ...record, store: 'none' });
      await takeBack?.();
      throw thrown;
    }
  }

  /** Opens the log; where the disk fails and nobody insisted on it, in memory only. */
  async #open(record: GenerationRecord, generation: Generation, mayRunUnstored: boolean) {
    const holder = { cancel: () => generation.cancel() };
    try {
      return await this.log.open(record, holder);
    } catch (thrown) {
      const failed = thrown instanceof StreambedError && thrown.code === 'SB_STORE_FAILED';
      if (!failed || !mayRunUnstored) throw thrown;
      return this.log.open({ ...record, store: 'none' }, holder);
    }
  }

  /**
   * Cancels what either name names and waits for its end. An `id` not seen yet is remembered: should it start within a
   * minute, it ends at once. Nothing where there is no such generation; `expired` where its end is no longer kept.
   */
  async cancel(owner: Owner, name: GenerationName): Promise<Cancelled | undefined> {
    const view = await this.log.find(owner, name);
    if (view === undefined) {
      if (name.generation !== undefined || name.id === undefined) return undefined;
      this.#cancelledAhead.add(owner, name.id);
      this.#queuedById.get(nameOf(owner, name.id))?.abort();
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
    return this.#runs.get(generation)?.generation.fitted;
  }

  /** Waits for the end of a generation that this owner has and that runs here, without reading its events. */
  async ended(owner: Owner, generation: GenerationId): Promise<GenerationStop | undefined> {
    const run = this.#runs.get(generation);
    await run?.generation.done;
    return run?.generation.stop ?? (await this.log.find(owner, { generation }))?.stop;
  }

  /** Counts a reader of a generation until the returned function is called. */
  attach(generation: GenerationId): () => void {
    const run = this.#runs.get(generation);
    if (run === undefined) return () => {};
    run.readers += 1;
    clearTimeout(run.abandoned);
    let attached = true;
    return () => {
      if (!attached) return;
      attached = false;
      run.readers -= 1;
      if (run.readers === 0) this.#abandon(run);
    };
  }

  /**
   * Refuses what is new and waits for what runs; after `ms` the rest is ended `interrupted`. Resolves when nothing
   * runs any more.
   */
  async drain(ms: number): Promise<void> {
    this.admission.drain();
    await Promise.allSettled(this.#starting);
    const running = [...this.#runs.values()].map((run) => run.generation);
    const interrupt = setTimeout(() => {
      for (const generation of running) generation.cancel(new StreambedError('SB_INTERRUPTED'));
    }, ms);
    await Promise.all(running.map((generation) => generation.done));
    clearTimeout(interrupt);
  }

  /** Nobody reads it any more, or yet. */
  #abandon(run: Run): void {
    const { generation, whenUnread } = run;
    if (whenUnread === 'cancel at once') {
      if (generation.stop === undefined) generation.cancel();
      else void this.log.erase(generation.id);
    } else if (whenUnread === 'cancel' && generation.stop === undefined) {
      run.abandoned = setTimeout(() => generation.cancel(), this.#abandonMs).unref();
    }
  }

  #end(run: Run): void {
    const { generation, readers, whenUnread } = run;
    clearTimeout(run.abandoned);
    this.#runs.delete(generation.id);
    if (whenUnread === 'cancel at once' && readers === 0) void this.log.erase(generation.id);
  }
}

/** What became of a cancel: nothing had started yet where there is no generation. */
export interface Cancelled {
  readonly generation?: GenerationId;
  readonly state: GenerationStop['state'];
}

/** A caller's own id, and whose it is. */
function nameOf({ project, user }: Owner, id: ClientId): string {
  return JSON.stringify([project, user, id]);
}

/** Tells whether the same is asked for again. */
function orderDigest({ request, bulk, history }: StartOrder): string {
  return requestDigest(history === undefined ? request : { request, ...history }, bulk);
}

/** The generation that an id already names, if it is asked for with the same request. */
function sameRequest(known: GenerationView, digest: string | undefined): GenerationView {
  if (known.record.digest !== digest) throw new StreambedError('SB_ID_REUSED', undefined, { field: 'id' });
  if (known.expired) throw new StreambedError('SB_EXPIRED', undefined, { field: 'id' });
  return known;
}
