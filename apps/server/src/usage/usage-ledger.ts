import { join } from 'node:path';
import { type GenerationStop, StreambedError } from '@streambed/protocol';
import type { OpenDatabase } from '../database/database.ts';
import { createWriteAt, type WriteAt } from '../stream-log/disk/disk-write.ts';
import type { Ending } from '../stream-log/memory-options.ts';
import type { GenerationView, StreamLog } from '../stream-log/stream-log.ts';
import { type JournalLine, missingInJournal, readUsageJournal, UsageJournal } from './usage-journal.ts';
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
import { deleteOldRecords, withoutRow } from './usage-rows.ts';
import { UsageWriter } from './usage-writer.ts';

export interface UsageLimits {
  /** How long rows wait for others before they go to the database together. */
  readonly flushMs: number;
  /** So many rows of a database that fails wait in memory; more of them in the journal alone. */
  readonly waiting: number;
  /** What the journal may take of the disk. */
  readonly journalBytes: number;
}

const defaultUsageLimits: UsageLimits = {
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

const notAllThere =
  "The ledger cannot be written to this server's database just now, so its sums would be wrong. Try again; whoever runs the server may have to free some disk or mend it.";

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
  readonly #journal: UsageJournal;
  readonly #writer: UsageWriter;
  /** What has begun and not ended, of an earlier process too until it is settled. */
  readonly #running: Map<string, BegunUsage>;
  /** What the log has told of before it could be asked. */
  #told: GenerationView[] | undefined = [];
  #journalFails = false;

  /** Opens the ledger of a data folder and takes in what another run has left in its journal. */
  static async open(options: UsageLedgerOptions): Promise<UsageLedger> {
    const { begun, ended } = await readUsageJournal(journalPath(options.dir));
    const ledger = new UsageLedger(options, begun);
    ledger.#writer.push(ended);
    await ledger.#writer.flush();
    await ledger.#write(() => ledger.#journal.rewrite());
    return ledger;
  }

  private constructor(options: UsageLedgerOptions, begun: ReadonlyMap<string, BegunUsage>) {
    const { dir, database, troubles } = options;
    const limits = { ...defaultUsageLimits, ...options.limits };
    this.#options = options;
    this.#running = new Map(begun);
    this.#writer = new UsageWriter({
      db: database.db,
      flushMs: limits.flushMs,
      most: limits.waiting,
      readElsewhere: async () => (await readUsageJournal(journalPath(dir))).ended,
      onTrouble: troubles.database,
      onLost: troubles.lost,
    });
    this.#journal = new UsageJournal({
      path: journalPath(dir),
      writeAt: options.writeAt ?? createWriteAt(),
      maxBytes: limits.journalBytes,
      needed: () => this.#needed(),
    });
  }

  /** Rows that are not in the database yet. */
  get waiting(): number {
    return this.#writer.waiting.length + this.#writer.elsewhere;
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
    await this.#writer.flush();
  }

  /** Resolves when every row is in the database. Rejects with `SB_STORE_FAILED` where it can't be written. */
  async flushed(): Promise<void> {
    await this.#writer.flush();
    if (this.waiting > 0) throw new StreambedError('SB_STORE_FAILED', notAllThere);
  }

  /** Deletes rows that are too old. Rejects with `SB_STORE_FAILED`. */
  async sweep(): Promise<void> {
    await deleteOldRecords(this.#options.database.db, Date.now() - this.#options.days * dayMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    if (await this.#journal.close()) return;
    const lost = await missingInJournal(journalPath(this.#options.dir), this.#writer.waiting);
    if (lost > 0) this.#options.troubles.lost(lost);
  }

  /** What the journal must still hold; nothing where only the journal itself knows. */
  #needed(): readonly JournalLine[] | undefined {
    if (this.#writer.elsewhere > 0) return undefined;
    return [
      ...Array.from(this.#running.values(), (b) => ({ b })),
      ...this.#writer.waiting.map((e) => ({ e })),
    ];
  }

  /** Without the database nobody can know: then all of them are tried again when it works. */
  async #missing(generations: readonly string[]): Promise<ReadonlySet<string>> {
    const waiting = new Set(this.#writer.waiting.map(({ generation }) => generation));
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
    const elsewhere = this.#writer.push(records);
    return this.#write(
      () => this.#journal.write(records.map((e) => ({ e }))),
      () => this.#writer.lose(elsewhere),
    );
  }

  /** Writes to the journal. Where that fails rows are in memory until the database has them. */
  #write(write: () => Promise<void> | undefined, failed = () => {}): Promise<void> | undefined {
    const onFailed = (thrown: Error) => {
      failed();
      this.#report(thrown);
    };
    try {
      const writing = write();
      if (writing !== undefined) return writing.then(() => this.#report(), onFailed);
      this.#report();
    } catch (thrown) {
      onFailed(thrown as Error);
    }
    return undefined;
  }

  #report(trouble?: Error): void {
    if ((trouble !== undefined) === this.#journalFails) return;
    this.#journalFails = trouble !== undefined;
    this.#options.troubles.journal(trouble);
  }
}
