import type { ClientId, GenerationId } from '@streambed/protocol';
import { nameOfId, type Owner } from '../generation/owner.ts';
import type { GenerationRecord } from './stream-log.ts';

/** How long an id is known at least, and how many of them. */
export interface KnownIdLimits {
  readonly ms: number;
  readonly ids: number;
}

export const defaultKnownIds: KnownIdLimits = { ms: 24 * 60 * 60_000, ids: 100_000 };

/** Which ids were used, and for what: longer than the content is kept, so that no model runs twice for one id. */
export class KnownIds {
  readonly #limits: KnownIdLimits;
  /** In the order in which they were claimed. */
  readonly #records = new Map<string, GenerationRecord>();

  constructor(limits: KnownIdLimits) {
    this.#limits = limits;
  }

  get(owner: Owner, id: ClientId): GenerationRecord | undefined {
    return this.#records.get(nameOfId(owner, id));
  }

  /** Every record that is still known, oldest first. */
  values(): Iterable<GenerationRecord> {
    return this.#records.values();
  }

  get size(): number {
    return this.#records.size;
  }

  claim(record: GenerationRecord): void {
    if (record.id !== undefined) this.#records.set(nameOfId(record.owner, record.id), record);
  }

  /** Gives an id back that named nothing in the end. */
  release(record: GenerationRecord): void {
    if (record.id !== undefined) this.#records.delete(nameOfId(record.owner, record.id));
  }

  /** Forgets the oldest, except what is still `held`. */
  sweep(now: number, held: (generation: GenerationId) => boolean): void {
    for (const [name, record] of this.#records) {
      if (now - record.startedAt < this.#limits.ms && this.#records.size <= this.#limits.ids) return;
      if (!held(record.generation)) this.#records.delete(name);
    }
  }
}
