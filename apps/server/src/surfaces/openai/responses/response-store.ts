import type { AssistantMessage, GenerationId, GenerationStop } from '@streambed/protocol';
import { type Owner, sameOwner } from '../../../generation/owner.ts';
import type { GenerationView } from '../../../stream-log/stream-log.ts';
import { generationOf } from './item-ids.ts';
import type { ResponseParams } from './params.ts';
import type { ResponseRows } from './response-rows.ts';

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
  /** Of all that is in memory, in characters of JSON. What was used last stays. */
  readonly size: number;
  readonly responses: number;
  /** Of all that is on disk, likewise. */
  readonly sizeOnDisk: number;
}

export const defaultResponseStoreLimits: Omit<ResponseStoreLimits, 'ms'> = {
  size: 64 * 1024 * 1024,
  responses: 50_000,
  sizeOnDisk: 512 * 1024 * 1024,
};

export interface ResponseStoreOptions {
  readonly limits: ResponseStoreLimits;
  /** Whether a generation is still running: then its response is in use. */
  readonly runs: (generation: GenerationId) => boolean;
  /** Where those are that outlive the process. Absent: none do. */
  readonly rows?: ResponseRows;
  readonly now?: () => number;
  /** Told when the disk fails behind somebody's back. */
  readonly onTrouble?: (trouble: Error) => void;
}

/** So often within the time that it is kept the disk is told that something is in use. */
const tellings = 8;

interface Entry {
  stored: StoredResponse;
  /** Whether it is on disk too. */
  readonly durable: boolean;
  size: number;
  usedAt: number;
  /** When the disk was last told of its use. */
  toldAt: number;
}

/**
 * The requests of stored responses: their answers stand in the stream log. Kept while they run and for a while after
 * their last use, within bounds; the oldest go first.
 */
export class ResponseStore {
  readonly #options: ResponseStoreOptions;
  readonly #now: () => number;
  /** In the order of their last use. */
  readonly #entries = new Map<GenerationId, Entry>();
  #size = 0;

  constructor(options: ResponseStoreOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** How much is in memory, in characters of JSON. */
  get size(): number {
    return this.#size;
  }

  /**
   * Keeps a response. `durable`: over a restart too; rejects with `SB_STORE_FAILED` where the disk fails. `size`: about
   * how long its request is as JSON, where that is known without writing it anew.
   */
  async put(
    stored: StoredResponse,
    { durable = false, size = sizeOf(stored) }: { readonly durable?: boolean; readonly size?: number } = {},
  ): Promise<void> {
    const { rows } = this.#options;
    const usedAt = this.#now();
    this.#enter({ stored, durable: durable && rows !== undefined, size, usedAt, toldAt: usedAt });
    this.#sweepMemory();
    if (!durable || rows === undefined) return;
    try {
      await rows.put(stored, usedAt);
    } catch (thrown) {
      this.#drop(stored.generation);
      throw thrown;
    }
  }

  /** What `owner` has under that id. This is a use of it. */
  async get(owner: Owner, id: string): Promise<StoredResponse | undefined> {
    const generation = generationOf(id);
    if (generation === undefined) return undefined;
    const now = this.#now();
    const known = this.#entries.get(generation);
    if (known !== undefined && !sameOwner(known.stored.owner, owner)) return undefined;
    const stored = known?.stored ?? (await this.#options.rows?.find(owner, generation));
    if (stored === undefined) return undefined;
    const entry = known ?? { stored, durable: true, size: sizeOf(stored), toldAt: 0, usedAt: now };
    this.#drop(generation);
    this.#enter({ ...entry, usedAt: now });
    await this.#tellOfUse(generation);
    return stored;
  }

  /** Keeps an answer beside its request, now that the stream log's own time is not long enough. */
  async keepAnswer(generation: GenerationId, answer: KeptAnswer): Promise<void> {
    const entry = this.#entries.get(generation);
    if (entry === undefined || entry.stored.answer !== undefined) return;
    this.#drop(generation);
    const size = entry.size + JSON.stringify(answer).length;
    this.#enter({ ...entry, stored: { ...entry.stored, answer }, size });
    this.#sweepMemory();
    if (entry.durable) await this.#options.rows?.keepAnswer(generation, answer);
  }

  async forget(generation: GenerationId): Promise<void> {
    this.#drop(generation);
    await this.#options.rows?.forget(generation);
  }

  /**
   * The stream log has let go of a generation: before its time, where it was erased, and then nothing is left of it
   * here either. An answer that something goes on from stays.
   */
  logForgot({ record: { generation, store }, endedAt = 0 }: GenerationView): void {
    const entry = this.#entries.get(generation);
    const tooEarly = this.#now() - endedAt < this.#options.limits.ms;
    if (!tooEarly && entry?.stored.answer !== undefined) return;
    this.#drop(generation);
    if (store === 'resume' && tooEarly) this.#inBackground(this.#options.rows?.forget(generation));
  }

  /** Forgets what was not used for too long, and the oldest where there is too much. */
  sweep(): void {
    this.#sweepMemory();
    const { limits, rows } = this.#options;
    // The disk may be behind with the last use by so much.
    this.#inBackground(rows?.sweep(this.#now() - limits.ms - limits.ms / tellings, limits.sizeOnDisk));
  }

  #sweepMemory(): void {
    const { limits, runs } = this.#options;
    const now = this.#now();
    for (const [generation, entry] of [...this.#entries]) {
      const full = this.#size > limits.size || this.#entries.size > limits.responses;
      if (!full && now - entry.usedAt < limits.ms) break;
      this.#drop(generation);
      if (!runs(generation)) continue;
      this.#enter({ ...entry, usedAt: now });
      this.#inBackground(this.#tellOfUse(generation));
    }
  }

  /** The disk need not know to the moment. */
  async #tellOfUse(generation: GenerationId): Promise<void> {
    const entry = this.#entries.get(generation);
    if (entry?.durable !== true || entry.usedAt - entry.toldAt < this.#options.limits.ms / tellings) return;
    entry.toldAt = entry.usedAt;
    await this.#options.rows?.used(generation, entry.usedAt);
  }

  #inBackground(work: Promise<void> | undefined): void {
    work?.catch((thrown: Error) => this.#options.onTrouble?.(thrown));
  }

  #enter(entry: Entry): void {
    this.#entries.set(entry.stored.generation, entry);
    this.#size += entry.size;
  }

  #drop(generation: GenerationId): void {
    const entry = this.#entries.get(generation);
    if (entry === undefined) return;
    this.#entries.delete(generation);
    this.#size -= entry.size;
  }
}

function sizeOf({ params, answer }: StoredResponse): number {
  return JSON.stringify(params).length + (answer === undefined ? 0 : JSON.stringify(answer).length);
}
