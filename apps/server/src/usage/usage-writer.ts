import { setImmediate as nextTurn } from 'node:timers/promises';
import { StreambedError } from '@streambed/protocol';
import type { Database } from '../database/database.ts';
import type { UsageRecord } from './usage-record.ts';
import { insertRecords } from './usage-rows.ts';

export interface UsageWriterOptions {
  readonly db: Database;
  /** How long rows wait for others before they are written together. */
  readonly flushMs: number;
  /** So many wait in memory at most. */
  readonly most: number;
  /** Rows that found no room in memory, and perhaps others. */
  readonly readElsewhere: () => Promise<readonly UsageRecord[]>;
  /** Told when the database fails and when it works again. */
  readonly onTrouble: (trouble: Error | undefined) => void;
  readonly onLost: (rows: number) => void;
}

/** So many rows go to the database in one transaction, some milliseconds; then others have their turn. */
const together = 128;
/** So many where nobody waits for them: half a millisecond, which is all that a request meets that comes meanwhile. */
const few = 16;
/** How long nothing is written then. */
const restMs = 20;
/** Where more rows wait than this, they come faster than a few at a time: all of them are written. */
const crowd = 1_000;
const firstRetryMs = 1_000;
const lastRetryMs = 30_000;

/** Brings rows to the database, many in one transaction. One that fails is tried again and again, ever less often. */
export class UsageWriter {
  readonly #options: UsageWriterOptions;
  readonly #waiting: UsageRecord[] = [];
  #elsewhere = 0;
  #flushing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #retryMs = firstRetryMs;
  #closed = false;
  #failing = false;

  constructor(options: UsageWriterOptions) {
    this.#options = options;
  }

  /** Rows that wait in memory, oldest first. */
  get waiting(): readonly UsageRecord[] {
    return this.#waiting;
  }

  /** So many rows wait elsewhere alone. */
  get elsewhere(): number {
    return this.#elsewhere;
  }

  /** Takes rows; gives back how many of them found no room and wait elsewhere. */
  push(records: readonly UsageRecord[]): number {
    const room = Math.max(0, this.#options.most - this.#waiting.length);
    this.#waiting.push(...records.slice(0, room));
    const elsewhere = Math.max(0, records.length - room);
    this.#elsewhere += elsewhere;
    this.#flushSoon(this.#options.flushMs);
    return elsewhere;
  }

  /** So many rows are not even elsewhere. */
  lose(rows: number): void {
    if (rows === 0) return;
    this.#elsewhere -= rows;
    this.#options.onLost(rows);
  }

  /** Writes what waits, as far as the database lets it. Never rejects. */
  flush(): Promise<void> {
    // Whoever asks while it is under way means what has come since, too.
    this.#flushing = this.#flushing.then(() => this.#write(Number.POSITIVE_INFINITY));
    return this.#flushing;
  }

  /** Writes what it can, for the last time. */
  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #flushSoon(ms: number): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#waiting.length > crowd) void this.flush();
      else this.#flushing = this.#flushing.then(() => this.#write(few));
    }, ms).unref();
  }

  /** Writes `most` rows or a few more; what is left has its turn a little later. */
  async #write(most: number): Promise<void> {
    try {
      for (let written = 0; written < most && (this.#waiting.length > 0 || this.#elsewhere > 0); ) {
        if (written > 0) await nextTurn();
        if (this.#waiting.length === 0) await this.#writeElsewhere();
        const rows = this.#waiting.slice(0, Math.min(most, together));
        await this.#insert(rows);
        this.#waiting.splice(0, rows.length);
        written += together;
      }
      this.#report(undefined);
      this.#retryMs = firstRetryMs;
      if (this.#waiting.length > 0 || this.#elsewhere > 0) {
        // Rows that came meanwhile would wait for longer.
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#flushSoon(restMs);
      }
    } catch (thrown) {
      this.#report(thrown as Error);
      this.#flushSoon(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, lastRetryMs);
    }
  }

  async #writeElsewhere(): Promise<void> {
    const taken = this.#elsewhere;
    const rows = await this.#options.readElsewhere();
    for (let from = 0; from < rows.length; from += together) {
      await this.#insert(rows.slice(from, from + together));
      await nextTurn();
    }
    // Only now may they be forgotten there.
    this.#elsewhere -= taken;
  }

  /** A row that the database will never take must not hold up the others. */
  async #insert(rows: readonly UsageRecord[]): Promise<void> {
    const { db, onLost } = this.#options;
    try {
      await insertRecords(db, rows);
    } catch (thrown) {
      if (isDisk(thrown)) throw thrown;
      for (const row of rows) {
        try {
          await insertRecords(db, [row]);
        } catch (again) {
          if (isDisk(again)) throw again;
          onLost(1);
        }
      }
    }
  }

  #report(trouble: Error | undefined): void {
    if ((trouble !== undefined) === this.#failing) return;
    this.#failing = trouble !== undefined;
    this.#options.onTrouble(trouble);
  }
}

function isDisk(thrown: unknown): boolean {
  return thrown instanceof StreambedError && thrown.code === 'SB_STORE_FAILED';
}
