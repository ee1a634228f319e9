import { chmodSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { StreambedError } from '@streambed/protocol';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import { JournalCount } from './journal-count.ts';
import { OpenedDatabase } from './opened-database.ts';
import { shim, withOurErrors } from './statements.ts';

/** How long another program's lock is waited for, with everything else going on. */
const patienceMs = 2_000;
const againMs = 5;

/** How long readers of what is to be forgotten are waited for. */
const journalPatienceMs = 30_000;

/**
 * The journal may grow to so many pages before whoever writes brings them to the file itself, which takes long: see `bringIn`
 * for who does it otherwise.
 */
const mostJournalPages = 16_000;
/** After so long without meeting one, a lock is another one. */
const anotherLockMs = 10_000;

export interface SqliteFile {
  readonly path: string;
  /** The file grows no further than this. */
  readonly maxBytes: number;
  /** Told when so much has been written that the journal should be brought in. */
  readonly onWritten?: () => void;
}

/**
 * Kysely over node:sqlite: one connection, which Kysely gives to one query or transaction after the other. A call
 * blocks the event loop for as long as it takes, so a transaction holds few and small statements.
 */
export class NodeSqliteDialect extends SqliteDialect {
  /** Where it lies. */
  readonly opened: OpenedDatabase;
  readonly #file: DatabaseSync;
  readonly #journal: JournalCount;

  /** Opens the file, which is made where there is none. Throws the system's own error where it can't be. */
  constructor({ path, maxBytes, onWritten }: SqliteFile) {
    const file = new DatabaseSync(path, { timeout: 0 });
    try {
      prepareFile(file, maxBytes);
      chmodSync(path, 0o600);
    } catch (thrown) {
      file.close();
      throw thrown;
    }
    super({ database: shim(file) });
    this.#file = file;
    this.opened = new OpenedDatabase(path);
    this.#journal = new JournalCount(onWritten);
  }

  override createDriver(): Driver {
    return new NodeSqliteDriver(this.#file, this.opened, this.#journal);
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }

  /** Writes a copy of all that is committed to a new file. */
  copyTo(path: string): void {
    this.#file.prepare('VACUUM INTO ?').run(path);
    chmodSync(path, 0o600);
  }

  /** Brings what is in the journal to the file, as far as nobody reads it still. */
  bringIn(): void {
    withOurErrors(() => this.#file.exec('PRAGMA wal_checkpoint(PASSIVE)'));
  }

  /**
   * Empties the journal: what was overwritten or deleted is on disk no more. Waits for those who still read what it holds;
   * rejects with `SB_STORE_FAILED` where they do so for too long.
   */
  async forgetJournal(): Promise<void> {
    const until = performance.now() + journalPatienceMs;
    for (;;) {
      // Most of the work first, which keeps nobody from writing.
      this.bringIn();
      const { busy } = withOurErrors(() => this.#file.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()) as {
        busy: number;
      };
      if (busy === 0) return;
      if (performance.now() >= until) throw new StreambedError('SB_STORE_FAILED');
      await wait(againMs);
    }
  }

  close(): void {
    if (this.#file.isOpen) this.#file.close();
  }
}

function prepareFile(file: DatabaseSync, maxBytes: number): void {
  // A killed process loses nothing that was committed; a power cut may cost the last moments, and breaks nothing.
  file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
  // What is deleted is overwritten, not only forgotten.
  file.exec('PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864');
  file.exec(`PRAGMA wal_autocheckpoint = ${mostJournalPages}`);
  const { page_size: pageSize } = file.prepare('PRAGMA page_size').get() as { page_size: number };
  file.exec(`PRAGMA max_page_count = ${Math.floor(maxBytes / pageSize)}`);
  // The journal is made when a database is first read.
  file.exec('SELECT 1 FROM sqlite_schema');
}

class NodeSqliteDriver extends SqliteDriver {
  readonly #file: DatabaseSync;
  readonly #opened: OpenedDatabase;
  readonly #journal: JournalCount;
  readonly #lock: Lock = { since: 0, met: Number.NEGATIVE_INFINITY };

  constructor(file: DatabaseSync, opened: OpenedDatabase, journal: JournalCount) {
    super({ database: shim(file) });
    this.#file = file;
    this.#opened = opened;
    this.#journal = journal;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    const connection = await super.acquireConnection();
    return new PatientConnection(connection, this.#file, this.#opened, this.#lock, this.#journal);
  }

  /** Takes the right to write at once: a transaction that began never has to give way to another. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** SQLite has ended it already where the disk was full. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#file.isTransaction) await super.rollbackTransaction(connection);
  }

  override async destroy(): Promise<void> {
    if (this.#file.isOpen) this.#file.close();
  }
}

/** When another program's lock was met first, and last; in milliseconds of the process. */
interface Lock {
  since: number;
  met: number;
}

/**
 * Waits for another program's lock without holding up the process, which SQLite's own waiting would. Everybody waits
 * behind whoever has the connection, so the time is that of the lock: once it is over, who comes is refused at once.
 */
class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection;
  readonly #file: DatabaseSync;
  readonly #opened: OpenedDatabase;
  readonly #lock: Lock;
  readonly #journal: JournalCount;

  constructor(
    connection: DatabaseConnection,
    file: DatabaseSync,
    opened: OpenedDatabase,
    lock: Lock,
    journal: JournalCount,
  ) {
    this.#connection = connection;
    this.#file = file;
    this.#opened = opened;
    this.#lock = lock;
    this.#journal = journal;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const isRead = query.query.kind === 'SelectQueryNode';
    if (!isRead && !this.#file.isTransaction) this.#opened.check();
    for (;;) {
      try {
        const result = await this.#connection.executeQuery<R>(query);
        // Reading needs no lock: that it works says nothing.
        if (!isRead) {
          this.#lock.met = Number.NEGATIVE_INFINITY;
          this.#journal.add(query.parameters);
        }
        return result;
      } catch (thrown) {
        if (!isBusy(thrown) || this.#file.isTransaction) throw thrown;
        if (this.#lasts() >= patienceMs) throw thrown;
      }
      await wait(againMs);
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery<R>(query, chunkSize);
  }

  /** How long the lock that was met just now has lasted, in milliseconds. */
  #lasts(): number {
    const now = performance.now();
    if (now - this.#lock.met > anotherLockMs) this.#lock.since = now;
    this.#lock.met = now;
    return now - this.#lock.since;
  }
}

/** Tables are made and changed within transactions too. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function isBusy(thrown: unknown): boolean {
  const { cause } = thrown as { cause?: { errcode?: number } };
  return ((cause?.errcode ?? 0) & 0xff) === 5;
}
