import { join } from 'node:path';
import { type GenerationStop, StreambedError } from '@streambed/protocol';
import type { OpenDatabase } from '../database/database.ts';
import { createWriteAt, type WriteAt } from '../stream-log/disk-write.ts';
import type { Ending } from '../stream-log/memory-options.ts';
import type { GenerationView, StreamLog } from '../stream-log/stream-log.ts';
import { readUsageJournal, UsageJournal } from './usage-journal.ts';
import {
  type Asked,
  askedOf,
  type BegunUsage,
  begunOf,
  type Came,
  generationIn,
  lostRecordOf,
  recordOf,
  type UsageRecord,
} from './usage-record.ts';
import { deleteOldRecords, insertRecords, withoutRow } from './usage-rows.ts';

export interface UsageLimits {
  /** How long rows wait for others before they go to the database together. */
  readonly flushMs: number;
  /** So many rows of a database that fails wait in memory; more of them in the journal alone. */
  readonly waiting: number;
  /** What the journal may take of the disk. */
  readonly journalBytes: number;
}

export const defaultUsageLimits: UsageLimits = {
  flushMs: 200,
  waiting: 20_000,
  journalBytes: 64 * 1024 * 1024,
};

/** What can go wrong with the ledger. `undefined`: it works again. */
export interface UsageTroubles {
  readonly journal: (trouble: Error | undefined) => void;
  readonly database: (trouble: Error | undefined) => void;
  /** So many rows are nowhere. */
  readonly lost: (rows: number) => void;
}

export interface UsageLedgerOptions {
  readonly database: OpenDatabase;
  /** The data folder. */
  readonly dir: string;
  /** How long rows are kept. */
  readonly days: number;
  readonly troubles: UsageTroubles;
  /** Told of every row once. */
  readonly onRecord?: (record: UsageRecord) => void;
  readonly limits?: Partial<UsageLimits> | undefined;
  readonly writeAt?: WriteAt | undefined;
}

/** So many rows go to the database in one transaction. */
const together = 256;
const firstRetryMs = 1_000;
const lastRetryMs = 30_000;
const dayMs = 24 * 60 * 60_000;

/** Where the journal lies in a data folder. */
export function journalPath(dir: string): string {
  return join(dir, 'usage.log');
}

/**
 * What every generation used: one row each, however it ends. It is in the journal before a reader sees the end, and in
 * the database soon after, many rows in one transaction. Where the database fails generations go on, and their rows wait.
 */
export class UsageLedger implements AsyncDisposable {
  readonly #options: UsageLedgerOptions;
  readonly #limits: UsageLimits;
  readonly #journal: UsageJournal;
  /** What has begun and not ended, of an earlier process too until it is settled. */
  readonly #running: Map<string, BegunUsage>;
  /** Rows that are not in the database yet, oldest first. */
  readonly #waiting: UsageRecord[] = [];
  /** What the log has told of before it could be asked. */
  #told: GenerationView[] | undefined = [];
  /** So many rows are in the journal alone. */
  #journalOnly = 0;
  #flushing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = firstRetryMs;
  #closed = false;
  readonly #troubled = { journal: false, database: false };

  /** Opens the ledger of a data folder and takes in what another run has left in its journal. */
  static async open(options: UsageLedgerOptions): Promise<UsageLedger> {
    const { begun, ended } = await readUsageJournal(journalPath(options.dir));
    const ledger = new UsageLedger(options, begun);
    ledger.#waiting.push(...ended);
    await ledger.#flush();
    await ledger.#write(() => ledger.#journal.rewrite());
    return ledger;
  }

  private constructor(options: UsageLedgerOptions, begun: ReadonlyMap<string, BegunUsage>) {
    this.#options = options;
    this.#limits = { ...defaultUsageLimits, ...options.limits };
    this.#running = new Map(begun);
    this.#journal = new UsageJournal({
      path: journalPath(options.dir),
      writeAt: options.writeAt ?? createWriteAt(),
      maxBytes: this.#limits.journalBytes,
      needed: () =>
        this.#journalOnly > 0
          ? undefined
          : [...[...this.#running.values()].map((b) => ({ b })), ...this.#waiting.map((e) => ({ e }))],
    });
  }

  /** Rows that are not in the database yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  get journalBytes(): number {
    return this.#journal.bytes;
  }

  /**
   * Writes down that something begins, before the upstream hears of it: so it has a row even if this process is killed.
   * Written when this returns, or when its promise resolves; never throws or rejects.
   */
  began(asked: Asked): Promise<void> | undefined {
    const begun = begunOf(asked);
    this.#running.set(begun.generation, begun);
    return this.#write(() => this.#journal.write([{ b: begun }]));
  }

  /** Writes down what came of something, unless that was done. Written as with {@link began}. */
  ended(asked: Asked, came: Came): Promise<void> | undefined {
    return this.#running.has(asked.id) ? this.#end([recordOf(begunOf(asked), came, Date.now())]) : undefined;
  }

  /** Adds what began and ended without the log. Written as with {@link began}. */
  add(record: UsageRecord): Promise<void> | undefined {
    return this.#end([record]);
  }

  /** For the log, which calls it before it shows these ends: written as with {@link began}. */
  readonly beforeEnds = (ends: readonly Ending[]): Promise<void> | undefined => {
    const at = Date.now();
    return this.#end(ends.map(({ record, stop }) => recordOf(begunOf(askedOf(record)), stop, at)));
  };

  /** A generation began, ended, or is forgotten: tells of ends that an earlier process has left in the log. */
  tell(view: GenerationView): void {
    if (view.stop !== undefined && !view.expired) this.#told?.push(view);
  }

  /** The log is open: whatever ended while nobody was here gets its row. */
  async settle(log: Pick<StreamLog, 'find'>): Promise<void> {
    const told = this.#told ?? [];
    this.#told = undefined;
    const missing = await this.#missing(told.map(({ record }) => record.generation));
    const rows = told
      .filter(({ record }) => missing.has(record.generation))
      .map(({ record, stop, endedAt = Date.now() }) =>
        recordOf(begunOf(askedOf(record)), stop as GenerationStop, endedAt),
      );
    for (const { record } of told) this.#running.delete(record.generation);
    for (const begun of this.#running.values()) {
      const view = await log.find(begun, { generation: generationIn(begun) });
      const { stop, endedAt = Date.now() } = view ?? {};
      rows.push(stop === undefined ? lostRecordOf(begun, Date.now()) : recordOf(begun, stop, endedAt));
    }
    await this.#end(rows);
    await this.#flush();
  }

  /** Resolves when every row is in the database. Rejects with `SB_STORE_FAILED` where it can't be written. */
  async flushed(): Promise<void> {
    await this.#flush();
    if (this.#waiting.length > 0 || this.#journalOnly > 0) throw new StreambedError('SB_STORE_FAILED');
  }

  /** Deletes rows that are too old. Rejects with `SB_STORE_FAILED`. */
  async sweep(): Promise<void> {
    await deleteOldRecords(this.#options.database.db, Date.now() - this.#options.days * dayMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#journal.close();
  }

  /** Without the database nobody can know: then all of them are tried again when it works. */
  async #missing(generations: readonly string[]): Promise<ReadonlySet<string>> {
    const waiting = new Set(this.#waiting.map(({ generation }) => generation));
    const unknown = generations.filter((generation) => !waiting.has(generation));
    try {
      return await withoutRow(this.#options.database.db, unknown);
    } catch {
      return new Set(unknown);
    }
  }

  #end(records: readonly UsageRecord[]): Promise<void> | undefined {
    if (records.length === 0) return undefined;
    for (const record of records) {
      this.#running.delete(record.generation);
      this.#options.onRecord?.(record);
    }
    const room = Math.max(0, this.#limits.waiting - this.#waiting.length);
    this.#waiting.push(...records.slice(0, room));
    const journalOnly = Math.max(0, records.length - room);
    this.#journalOnly += journalOnly;
    this.#flushSoon(this.#limits.flushMs);
    return this.#write(
      () => this.#journal.write(records.map((e) => ({ e }))),
      () => this.#lose(journalOnly),
    );
  }

  /** They found room neither here nor there. */
  #lose(rows: number): void {
    if (rows === 0) return;
    this.#journalOnly -= rows;
    this.#options.troubles.lost(rows);
  }

  /** Writes to the journal. Where that fails rows are in memory until the database has them. */
  #write(write: () => Promise<void> | undefined, failed = () => {}): Promise<void> | undefined {
    const onFailed = (thrown: Error) => {
      failed();
      this.#report('journal', thrown);
    };
    try {
      const writing = write();
      if (writing !== undefined) return writing.then(() => this.#report('journal'), onFailed);
      this.#report('journal');
    } catch (thrown) {
      onFailed(thrown as Error);
    }
    return undefined;
  }

  #flushSoon(ms: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#flush();
    }, ms).unref();
  }

  /** Brings what waits to the database. Never rejects. */
  #flush(): Promise<void> {
    // Whoever asks while it is under way means what has come since, too.
    const flushing = (this.#flushing ?? Promise.resolve()).then(() => this.#flushAll());
    this.#flushing = flushing;
    return flushing;
  }

  async #flushAll(): Promise<void> {
    try {
      while (this.#waiting.length > 0 || this.#journalOnly > 0) {
        if (this.#waiting.length === 0) await this.#takeFromJournal();
        const rows = this.#waiting.slice(0, together);
        await this.#insert(rows);
        this.#waiting.splice(0, rows.length);
      }
      this.#report('database');
      this.#retryMs = firstRetryMs;
    } catch (thrown) {
      this.#report('database', thrown as Error);
      this.#flushSoon(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, lastRetryMs);
    }
  }

  /** A row that the database will never take must not hold up the others. */
  async #insert(rows: readonly UsageRecord[]): Promise<void> {
    const { db } = this.#options.database;
    const isFault = (thrown: unknown) =>
      !(thrown instanceof StreambedError) || thrown.code !== 'SB_STORE_FAILED';
    try {
      await insertRecords(db, rows);
    } catch (thrown) {
      if (!isFault(thrown)) throw thrown;
      for (const row of rows) {
        try {
          await insertRecords(db, [row]);
        } catch (again) {
          if (!isFault(again)) throw again;
          this.#options.troubles.lost(1);
        }
      }
    }
  }

  async #takeFromJournal(): Promise<void> {
    const taken = this.#journalOnly;
    const { ended } = await readUsageJournal(journalPath(this.#options.dir));
    for (let from = 0; from < ended.length; from += together) {
      await this.#insert(ended.slice(from, from + together));
    }
    // Only now may the journal forget them.
    this.#journalOnly -= taken;
  }

  #report(which: 'journal' | 'database', trouble?: Error): void {
    if ((trouble !== undefined) === this.#troubled[which]) return;
    this.#troubled[which] = trouble !== undefined;
    this.#options.troubles[which](trouble);
  }
}
