import type { AssistantMessage, GenerationId, GenerationStop } from '@streambed/protocol';
import { type Owner, sameOwner } from '../../../generation/owner.ts';
import type { GenerationView } from '../../../stream-log/stream-log.ts';
import { responseIdOf } from './item-ids.ts';
import type { ResponseParams } from './params.ts';

/** What an answer came to, when it is no longer in the stream log. */
export interface KeptAnswer {
  readonly message: AssistantMessage;
  readonly stop: GenerationStop;
}

/** A response that can be asked for again, and gone on from. */
export interface StoredResponse {
  readonly generation: GenerationId;
  readonly owner: Owner;
  /** The request, as it came. */
  readonly params: ResponseParams;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Set once something goes on from it: from then on it is kept as long as that is used. */
  readonly answer?: KeptAnswer;
}

export interface ResponseStoreLimits {
  /** How long after its last use, in milliseconds. */
  readonly ms: number;
  /** Of all that is kept, in characters of JSON. What was used last stays. */
  readonly size: number;
  readonly responses: number;
}

export const defaultResponseStoreLimits: Omit<ResponseStoreLimits, 'ms'> = {
  size: 64 * 1024 * 1024,
  responses: 50_000,
};

export interface ResponseStoreOptions {
  readonly limits: ResponseStoreLimits;
  /** Whether a generation is still running: then its response is in use. */
  readonly runs: (generation: GenerationId) => boolean;
  readonly now?: () => number;
}

interface Entry {
  stored: StoredResponse;
  size: number;
  usedAt: number;
}

/**
 * The requests of stored responses: their answers stand in the stream log. Kept while they run and for a while after
 * their last use, within bounds; the oldest go first.
 */
export class ResponseStore {
  readonly #limits: ResponseStoreLimits;
  readonly #runs: ResponseStoreOptions['runs'];
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  constructor({ limits, runs, now = Date.now }: ResponseStoreOptions) {
    this.#limits = limits;
    this.#runs = runs;
    this.#now = now;
  }

  /** How much is kept, in characters of JSON. */
  get size(): number {
    return this.#size;
  }

  put(stored: StoredResponse): void {
    const id = responseIdOf(stored.generation);
    this.#drop(id);
    const size = JSON.stringify(stored.params).length + (stored.answer ? sizeOf(stored.answer) : 0);
    this.#entries.set(id, { stored, size, usedAt: this.#now() });
    this.#size += size;
    this.sweep();
  }

  /** What `owner` has under that id. This is a use of it. */
  get(owner: Owner, id: string): StoredResponse | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined || !sameOwner(entry.stored.owner, owner)) return undefined;
    this.#entries.delete(id);
    entry.usedAt = this.#now();
    this.#entries.set(id, entry);
    return entry.stored;
  }

  /** Keeps an answer beside its request, now that the stream log's own time is not long enough. */
  keepAnswer(id: string, answer: KeptAnswer): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.stored.answer !== undefined) return;
    const size = sizeOf(answer);
    entry.stored = { ...entry.stored, answer };
    entry.size += size;
    this.#size += size;
    this.sweep();
  }

  forget(id: string): void {
    this.#drop(id);
  }

  /**
   * The stream log has let go of a generation: before its time, where it was erased, and then nothing is left of it
   * here either. An answer that something goes on from stays.
   */
  logForgot({ record: { generation }, endedAt = 0 }: GenerationView): void {
    const id = responseIdOf(generation);
    const tooEarly = this.#now() - endedAt < this.#limits.ms;
    if (tooEarly || this.#entries.get(id)?.stored.answer === undefined) this.#drop(id);
  }

  /** Forgets what was not used for too long, and the oldest where there is too much. */
  sweep(): void {
    const now = this.#now();
    for (const [id, entry] of [...this.#entries]) {
      const full = this.#size > this.#limits.size || this.#entries.size > this.#limits.responses;
      if (!full && now - entry.usedAt < this.#limits.ms) break;
      this.#drop(id);
      if (!this.#runs(entry.stored.generation)) continue;
      this.#entries.set(id, { ...entry, usedAt: now });
      this.#size += entry.size;
    }
  }

  #drop(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#size -= entry.size;
  }
}

function sizeOf(answer: KeptAnswer): number {
  return JSON.stringify(answer).length;
}
