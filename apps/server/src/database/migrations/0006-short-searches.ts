import type { Kysely } from 'kysely';
import { textSearch } from '../text-search.ts';

/** One or two letters are found as fast as a word. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await textSearch.indexBeginnings(db);
}
