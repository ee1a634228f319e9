import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { toDatabaseError } from './errors.ts';

/** So many statements stay prepared; those used longest ago go first. */
const maxPrepared = 256;

/** What Kysely asks of better-sqlite3, said by node:sqlite; statements stay prepared. */
export function shim(file: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => file.close(),
    prepare: (sql) => {
      const known = prepared.get(sql);
      prepared.delete(sql);
      const statement = known ?? withOurErrors(() => wrap(file.prepare(sql)));
      prepared.set(sql, statement);
      const [oldest] = prepared.keys();
      if (prepared.size > maxPrepared && oldest !== undefined) prepared.delete(oldest);
      return statement;
    },
  };
}

function wrap(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => withOurErrors(() => statement.all(...values(parameters))),
    run: (parameters) => withOurErrors(() => statement.run(...values(parameters))),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}

/** Calls SQLite; what a disk is at fault for throws `SB_STORE_FAILED`. */
export function withOurErrors<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw toDatabaseError(thrown);
  }
}
