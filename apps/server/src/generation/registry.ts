import { randomBytes } from 'node:crypto';
import type { Bedrock } from '@streambed/bedrock';
import {
  type ClientId,
  type GenerationId,
  generationIdFrom,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import type { StreamLog } from '../stream-log/stream-log.ts';
import type { Admission, SocketLoad } from './admission.ts';
import { Generation, type Owner } from './generation.ts';
import { requestDigest } from './request-digest.ts';

/** What the registry is made of. */
export interface RegistryOptions {
  readonly bedrock: Bedrock;
  readonly log: StreamLog;
  readonly admission: Admission;
  readonly keep: KeepLimits;
  /** Told of every end. */
  readonly onEnd?: (generation: Generation) => void;
}

/** How long what has ended stays readable, and how much of it. */
export interface KeepLimits {
  readonly ms: number;
  readonly generations: number;
  /** Characters of JSON that the log may hold before what ended first is forgotten. */
  readonly size: number;
}

export const defaultKeep: KeepLimits = { ms: 10 * 60_000, generations: 1_000, size: 64 * 1024 * 1024 };

/** An `id` that was cancelled before it was seen is remembered for this long, and so many of them. */
const cancelledAhead = { ms: 60_000, ids: 10_000 };

export interface StartOrder {
  readonly owner: Owner;
  readonly request: MessagesRequest;
  readonly socket: SocketLoad;
  /** The caller's own id; without one nobody can find the generation again. */
  readonly clientId?: ClientId;
  /** false: the upstream is asked for the whole answer at once. */
  readonly stream?: boolean;
}

interface Entry {
  readonly generation: Generation;
  readonly digest: string | undefined;
  readonly name: string | undefined;
  readers: number;
  endedAt: number | undefined;
}

/** Who is running, and what has ended and may still be read. */
export class GenerationRegistry {
  readonly log: StreamLog;
  readonly admission: Admission;
  readonly #bedrock: Bedrock;
  readonly #keep: KeepLimits;
  readonly #onEnd: RegistryOptions['onEnd'];
  /** In the order in which they started; ended ones are forgotten in the order in which they ended. */
  readonly #entries = new Map<GenerationId, Entry>();
  readonly #ended = new Set<Entry>();
  readonly #names = new Map<string, Entry>();
  readonly #cancelled = new Map<string, number>();

  constructor({ bedrock, log, admission, keep, onEnd }: RegistryOptions) {
    this.#bedrock = bedrock;
    this.log = log;
    this.admission = admission;
    this.#keep = keep;
    this.#onEnd = onEnd;
  }

  /**
   * Starts a generation, or finds the one that this owner's `clientId` already names. Throws what refuses it:
   * `SB_DRAINING`, `SB_TOO_MANY_GENERATIONS`, `SB_ID_REUSED`, or what `bedrock.generate` knows to be wrong.
   */
  start(order: StartOrder): Generation {
    this.forgetOld();
    const { clientId, owner, request, stream = true } = order;
    const name = clientId === undefined ? undefined : nameOf(owner, clientId);
    const digest = name === undefined ? undefined : requestDigest(request);
    const known = name === undefined ? undefined : this.#names.get(name);
    if (known !== undefined) {
      if (known.digest !== digest) throw new StreambedError('SB_ID_REUSED', undefined, { field: 'id' });
      return known.generation;
    }

    const leave = this.admission.enter(order.socket);
    let generation: Generation;
    try {
      const id = generationIdFrom(randomBytes(16));
      const cancelled = name !== undefined && this.#wasCancelled(name);
      generation = new Generation(
        { id, clientId, owner, request, stream, cancelled },
        this.#bedrock,
        this.log,
      );
    } catch (thrown) {
      leave();
      throw thrown;
    }
    const entry: Entry = { generation, digest, name, readers: 0, endedAt: undefined };
    this.#entries.set(generation.id, entry);
    if (name !== undefined) this.#names.set(name, entry);
    generation.done.then(() => {
      leave();
      this.#end(entry);
      this.#onEnd?.(generation);
    });
    return generation;
  }

  /** The generation that either id names, if `owner` owns it. */
  find(owner: Owner, ids: { generation?: GenerationId; id?: ClientId }): Generation | undefined {
    const entry =
      ids.generation === undefined
        ? ids.id && this.#names.get(nameOf(owner, ids.id))
        : this.#entries.get(ids.generation);
    const theirs = entry?.generation.owner;
    return theirs?.project === owner.project && theirs.user === owner.user ? entry?.generation : undefined;
  }

  /** Remembers that an `id` not seen yet is cancelled: should it start within a minute, it ends at once. */
  cancelAhead(owner: Owner, id: ClientId): void {
    for (const [name, until] of this.#cancelled) {
      if (until > performance.now() && this.#cancelled.size < cancelledAhead.ids) break;
      this.#cancelled.delete(name);
    }
    this.#cancelled.set(nameOf(owner, id), performance.now() + cancelledAhead.ms);
  }

  /** Counts a reader of `generation` until the returned function is called. A running one nobody reads is cancelled. */
  attach(generation: Generation): () => void {
    const entry = this.#entries.get(generation.id);
    if (entry === undefined) return () => {};
    entry.readers += 1;
    let attached = true;
    return () => {
      if (!attached) return;
      attached = false;
      entry.readers -= 1;
      if (entry.readers > 0) return;
      if (entry.endedAt === undefined) generation.cancel();
      else if (entry.name === undefined) this.#forget(entry);
    };
  }

  /** Every generation that has not ended. */
  running(): readonly Generation[] {
    return [...this.#entries.values()].filter((e) => e.endedAt === undefined).map((e) => e.generation);
  }

  /**
   * Refuses what is new and waits for what runs; after `ms` the rest is ended `interrupted`. Resolves when nothing
   * runs any more.
   */
  async drain(ms: number): Promise<void> {
    this.admission.drain();
    const running = this.running();
    const interrupt = setTimeout(() => {
      for (const generation of running) generation.cancel(new StreambedError('SB_INTERRUPTED'));
    }, ms);
    await Promise.all(running.map((generation) => generation.done));
    clearTimeout(interrupt);
  }

  #wasCancelled(name: string): boolean {
    const until = this.#cancelled.get(name) ?? 0;
    this.#cancelled.delete(name);
    return until > performance.now();
  }

  #end(entry: Entry): void {
    entry.endedAt = performance.now();
    this.#ended.add(entry);
    if (entry.name === undefined && entry.readers === 0) this.#forget(entry);
    this.forgetOld();
  }

  /** Forgets what ended too long ago, and the oldest endings where there is too much; never what someone still reads. */
  forgetOld(): void {
    const now = performance.now();
    for (const entry of this.#ended) {
      const old = now - (entry.endedAt ?? now) > this.#keep.ms;
      const tooMuch = this.#ended.size > this.#keep.generations || this.log.size > this.#keep.size;
      if (!old && !tooMuch) return;
      if (entry.readers === 0) this.#forget(entry);
    }
  }

  #forget(entry: Entry): void {
    this.#ended.delete(entry);
    this.#entries.delete(entry.generation.id);
    if (entry.name !== undefined) this.#names.delete(entry.name);
    this.log.erase(entry.generation.id);
  }
}

function nameOf(owner: Owner, id: ClientId): string {
  return JSON.stringify([owner.project, owner.user, id]);
}
