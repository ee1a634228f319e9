import type { Database } from '../database/database.ts';
import { openReadOnly } from '../database/sqlite/reading.ts';
import { type Jobs, serveJobs } from '../threads/serve-jobs.ts';
import { reads } from './reads.ts';
import { takeApart } from './take-apart.ts';

/** The program of the thread that looks things up. */
serveJobs(({ path }: { readonly path: string }, { checkWanted }): Jobs => {
  const { look } = openReadOnly(path, checkWanted);
  const jobs = Object.entries(reads).map(([name, read]) => [
    name,
    (input: never) => look((db: Database) => read(db, input) as Promise<unknown>),
  ]);
  const { branch, ...others } = Object.fromEntries(jobs) as Jobs;
  // It becomes part of a request.
  return { ...others, branch: async (input) => takeApart(await branch?.(input)) };
});
