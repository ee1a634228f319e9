import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Kysely, type Transaction } from 'kysely';
import { ConfigError } from '../config/config-error.ts';
import type { KeepJobs } from '../jobs/keeps.ts';
import type { ReadJobs } from '../jobs/reads.ts';
import type { Logger } from '../log.ts';
import { keepWorkerFile, readWorkerFile } from '../paths.ts';
import { JobThread } from '../threads/job-thread.ts';
import { migrate } from './migrate.ts';
import { NodeSqliteDialect } from './sqlite/dialect.ts';
import { diskTrouble } from './sqlite/errors.ts';
import type { OpenedDatabase } from './sqlite/opened-database.ts';
import type { Tables } from './tables.ts';

/**
 * What is kept for good: conversations, keys, what was used. One query language over every database there may be;
 * what only one of them can stands in its own folder.
 *
 * A query or transaction has the one connection to itself, and holds up every other and the event loop while it
 * works: keep them short, and await nothing within a transaction but its own queries. What a failing disk refuses
 * throws `SB_STORE_FAILED`; nothing of a transaction that throws is kept.
 */
export type Database = Kysely<Tables>;

/** A database, or a transaction on it. */
export type Queries = Database | Transaction<Tables>;

export interface DatabaseOptions {
  /** The data folder, which is there already. */
  readonly dir: string;
  readonly log: Pick<Logger, 'info'>;
  /** The file grows no further than this, in bytes. */
  readonly maxBytes?: number;
  /** false: another program may be using it; where it needs a step forward that is refused. */
  readonly migrate?: boolean;
  /** Told when its file is no longer in its place, and when it is again. */
  readonly onMoved?: (trouble: Error | undefined) => void;
}

/** An open database and what is done with it as a whole. */
export interface OpenDatabase extends AsyncDisposable {
  readonly db: Database;
  /** A thread with a connection of its own, for what takes long to look up. It is started when it is first asked. */
  readonly reader: JobThread<ReadJobs>;
  /** The same for what takes long to write. */
  readonly keeper: JobThread<KeepJobs>;
  /** After erasing: what was deleted is on disk no more. Rejects with `SB_STORE_FAILED`. */
  forgetJournal(): Promise<void>;
}

/** So many look-ups wait for the reading thread at most, and so long one may take. */
export const readerLimits = { most: 256, deadlineMs: 60_000 } as const;

/** So many large writings wait at most, and so long one may take. */
const keeperLimits = { most: 1_024, deadlineMs: 120_000 } as const;

/** How often it is seen whether the file is in its place, also while nothing is written. */
const lookMs = 2_000;

/** As who the database asks its own thread. */
const itself = { asker: 'database' } as const;

const defaultMaxBytes = 8 * 1024 * 1024 * 1024;

/**
 * Opens the database of a data folder, made where there is none, and brings it to this version; a copy is made before.
 * Throws ConfigError with what to do where it can't be used or is of a newer version.
 */
export async function openDatabase(options: DatabaseOptions): Promise<OpenDatabase> {
  const { dir, log, maxBytes = defaultMaxBytes } = options;
  const path = join(dir, 'streambed.db');
  const isNew = !existsSync(path);
  let dialect: NodeSqliteDialect | undefined;
  // A thread that is started later would open another file, or make one.
  const check = () => dialect?.opened.check();
  const keeper = new JobThread<KeepJobs>({
    file: keepWorkerFile,
    data: { path, maxBytes },
    ...keeperLimits,
    check,
  });
  try {
    dialect = new NodeSqliteDialect({
      path,
      maxBytes,
      // Should it fail, whoever has written much more does it.
      onWritten: () => void keeper.bytes('bringIn', null, itself).catch(() => {}),
    });
    const db: Database = new Kysely({ dialect });
    await migrate({ db, dialect, path, log, isNew, mayMigrate: options.migrate ?? true });
    const opened = dialect;
    const reader = new JobThread<ReadJobs>({ file: readWorkerFile, data: { path }, ...readerLimits, check });
    const look = watchFile(opened.opened, options.onMoved);
    return {
      db,
      reader,
      keeper,
      forgetJournal: () => keeper.value('forgetJournal', null, itself),
      [Symbol.asyncDispose]: async () => {
        clearInterval(look);
        // First: whoever closes the last connection tidies up.
        await Promise.all([reader[Symbol.asyncDispose](), keeper[Symbol.asyncDispose]()]);
        await db.destroy();
        opened.close();
      },
    };
  } catch (thrown) {
    dialect?.close();
    const trouble = diskTrouble(thrown) ?? diskTrouble((thrown as Error).cause);
    if (trouble === undefined) throw thrown;
    throw new ConfigError(
      `data_dir: ${path} cannot be used (${trouble}): mend it or free some disk, put a copy in its place, or choose another folder with --data-dir`,
    );
  }
}

function watchFile(opened: OpenedDatabase, onMoved: DatabaseOptions['onMoved']): NodeJS.Timeout {
  let moved = false;
  const look = () => {
    const trouble = opened.trouble();
    if ((trouble !== undefined) === moved) return;
    moved = trouble !== undefined;
    onMoved?.(trouble);
  };
  return setInterval(look, lookMs).unref();
}
