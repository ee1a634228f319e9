import { DatabaseSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { Database } from '../database.ts';
import type { Tables } from '../tables.ts';
import { shim } from './statements.ts';

/** A reading thread may wait for a lock: nobody else waits with it. */
const patienceMs = 2_000;

/** A database that can only be read. Everything within one `look` sees it as it was when that began. */
export interface ReadOnlyDatabase {
  look<T>(read: (db: Database) => Promise<T>): Promise<T>;
}

/** Opens a database that somebody else has open for writing. `check` is called before each query and may throw. */
export function openReadOnly(path: string, check: () => void): ReadOnlyDatabase {
  const file = new DatabaseSync(path, { readOnly: true, timeout: patienceMs });
  const { prepare, close } = shim(file);
  const database = {
    close,
    prepare: (sql: string) => {
      check();
      return prepare(sql);
    },
  };
  const db: Database = new Kysely<Tables>({ dialect: new SqliteDialect({ database }) });
  return {
    look: async (read) => {
      file.exec('BEGIN');
      try {
        return await read(db);
      } finally {
        file.exec('COMMIT');
      }
    },
  };
}
