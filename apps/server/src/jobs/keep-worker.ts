import { Kysely } from 'kysely';
import type { Database } from '../database/database.ts';
import { NodeSqliteDialect } from '../database/sqlite/dialect.ts';
import type { Tables } from '../database/tables.ts';
import { type Jobs, serveJobs } from '../threads/serve-jobs.ts';
import { keeps } from './keeps.ts';

/** The program of the thread that writes what takes long. */
serveJobs((file: { readonly path: string; readonly maxBytes: number }): Jobs => {
  const dialect = new NodeSqliteDialect(file);
  const db: Database = new Kysely<Tables>({ dialect });
  const jobs = Object.entries(keeps).map(([name, keep]) => [
    name,
    (input: never) => keep(db, input) as Promise<unknown>,
  ]);
  return {
    ...(Object.fromEntries(jobs) as Jobs),
    bringIn: async () => dialect.bringIn(),
    forgetJournal: () => dialect.forgetJournal(),
  };
});
