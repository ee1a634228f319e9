import { type GenerationId, type GenerationStop, StreambedError } from '@streambed/protocol';
import type { OpenDatabase } from '../database/database.ts';
import { nameOfOwner, type Owner } from '../generation/owner.ts';
import { readWhole } from '../stream-log/read-whole.ts';
import type { StreamLog } from '../stream-log/stream-log.ts';
import { settle } from './settle.ts';
import type { Wakeups } from './wakeups.ts';

/** Answers up to this length are written on the event loop, in characters. */
const small = 256 * 1024;

/** So many answers are settled at once when a server starts again. */
const together = 8;

/**
 * Brings answers from the stream log into their conversations when they end. Until that has worked the log must keep
 * them: it is asked again and again, also by the next process.
 */
export class Settling {
  readonly #database: OpenDatabase;
  readonly #owners = new Map<GenerationId, Owner>();
  readonly #wakeups: Wakeups;
  #log: StreamLog | undefined;
  /** Those whose log is not there yet. */
  readonly #opening = new Set<GenerationId>();
  readonly #working = new Map<GenerationId, Promise<void>>();

  /** Reads which answers another run has left in the log. */
  static async open(database: OpenDatabase, wakeups: Wakeups): Promise<Settling> {
    const settling = new Settling(database, wakeups);
    const rows = await database.db
      .selectFrom('turn')
      .where('state', '=', 'running')
      .select(['id', 'project', 'user'])
      .execute();
    for (const { id, project, user } of rows) settling.#owners.set(id as GenerationId, { project, user });
    return settling;
  }

  private constructor(database: OpenDatabase, wakeups: Wakeups) {
    this.#database = database;
    this.#wakeups = wakeups;
  }

  /** Whether a generation's log is still needed. */
  needs(generation: GenerationId): boolean {
    return this.#owners.has(generation);
  }

  /** An answer is to come; its log is opened next. */
  expect(generation: GenerationId, owner: Owner): void {
    this.#owners.set(generation, owner);
    this.#opening.add(generation);
  }

  /** Its log is open, or could not be opened: from now on it is what the log says. */
  opened(generation: GenerationId): void {
    this.#opening.delete(generation);
  }

  forget(generation: GenerationId): void {
    this.#owners.delete(generation);
    this.#opening.delete(generation);
  }

  /** From now on answers can be read. Whatever ended while nobody was here is settled. */
  async begin(log: StreamLog): Promise<void> {
    this.#log = log;
    await this.sweep();
  }

  /** Tries again what could not be settled. Never rejects. */
  async sweep(): Promise<void> {
    const left = [...this.#owners];
    for (let from = 0; from < left.length; from += together) {
      const some = left.slice(from, from + together);
      await Promise.allSettled(some.map(([generation, owner]) => this.settle(generation, owner)));
    }
  }

  /** Puts an answer into its conversation, if it has ended. Rejects with `SB_STORE_FAILED`. */
  settle(generation: GenerationId, owner: Owner): Promise<void> {
    const working = this.#working.get(generation) ?? this.#settle(generation, owner);
    this.#working.set(generation, working);
    const done = () => this.#working.delete(generation);
    working.then(done, done);
    return working;
  }

  /** Resolves when nothing is being settled. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#working.values());
  }

  async #settle(generation: GenerationId, owner: Owner): Promise<void> {
    const log = this.#log;
    if (log === undefined || !this.#owners.has(generation) || this.#opening.has(generation)) return;
    const view = await log.find(owner, { generation });
    const isKept = view !== undefined && !view.expired;
    if (isKept && view.stop === undefined) return;
    const whole = isKept ? await readWhole(log, generation, new AbortController().signal) : {};
    const { stop = lost() } = whole;
    const at = view?.endedAt ?? Date.now();
    const settlement = { owner, generation, ...whole, stop, at };
    if (sizeOf(whole.message) <= small) await settle(this.#database.db, settlement);
    else await this.#database.keeper.value('settle', settlement, { asker: nameOfOwner(owner) });
    this.forget(generation);
    this.#wakeups.wake(owner);
  }
}

/** About how long an answer is as JSON, in characters: its strings, without writing it. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce((sum: number, field) => sum + sizeOf(field), 0);
}

/** The end of an answer whose log is gone: a disk that failed can bring that about. */
function lost(): GenerationStop {
  return {
    type: 'generation_stop',
    state: 'interrupted',
    stop_reason: null,
    usage: {},
    cost: { status: 'unknown' },
    timing: { total_ms: 0 },
    error: new StreambedError('SB_INTERRUPTED').toInfo(),
  };
}
