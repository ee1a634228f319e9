import { setImmediate as nextTurn } from 'node:timers/promises';
import { CompiledQuery } from 'kysely';
import type { Database, Queries } from '../database/database.ts';
import { usageColumns } from '../database/tables/usage.ts';
import type { UsageRecord } from './usage-record.ts';

/** So many rows are written by one statement; a rest in smaller ones. Few sizes: each is a statement of its own. */
const sizes = [16, 4, 1] as const;

/** So many rows are deleted at once: nothing else happens in this process meanwhile. */
const deletedAtOnce = 200;

/** Adds rows in one transaction; those that are there already stay as they are. Rejects with `SB_STORE_FAILED`. */
export async function insertRecords(db: Database, records: readonly UsageRecord[]): Promise<void> {
  if (records.length === 0) return;
  await db.transaction().execute(async (trx) => {
    for (let from = 0; from < records.length; ) {
      const left = records.length - from;
      const size = sizes.find((it) => it <= left) ?? 1;
      await trx.executeQuery(insertOf(trx, records.slice(from, from + size)));
      from += size;
    }
  });
}

/** By how many rows they add. */
const statements = new Map<number, string>();

/** Writing the text of a statement takes longer than running it: each is written once. */
function insertOf(db: Queries, records: readonly UsageRecord[]): CompiledQuery {
  const rows = records.map((record) => usageColumns.map((column) => record[column]));
  let text = statements.get(records.length);
  if (text === undefined) {
    const values = records.map((record) =>
      Object.fromEntries(usageColumns.map((column) => [column, record[column]])),
    ) as unknown as UsageRecord[];
    text = db
      .insertInto('usage')
      .values(values)
      .onConflict((conflict) => conflict.column('generation').doNothing())
      .compile().sql;
    statements.set(records.length, text);
  }
  return CompiledQuery.raw(text, rows.flat());
}

/** Which of these have no row yet. */
export async function withoutRow(db: Database, generations: readonly string[]): Promise<ReadonlySet<string>> {
  const missing = new Set(generations);
  const atOnce = 256;
  for (let from = 0; from < generations.length; from += atOnce) {
    const rows = await db
      .selectFrom('usage')
      .where('generation', 'in', generations.slice(from, from + atOnce))
      .select('generation')
      .execute();
    for (const { generation } of rows) missing.delete(generation);
  }
  return missing;
}

/** Deletes what ended before `before`, a little at a time. Rejects with `SB_STORE_FAILED`. */
export async function deleteOldRecords(db: Database, before: number): Promise<void> {
  for (;;) {
    const { numDeletedRows } = await db
      .deleteFrom('usage')
      .where('generation', 'in', (query) =>
        query
          .selectFrom('usage')
          .where('ended_at', '<', before)
          .orderBy('ended_at')
          .limit(deletedAtOnce)
          .select('generation'),
      )
      .executeTakeFirst();
    if (numDeletedRows < BigInt(deletedAtOnce)) return;
    await nextTurn();
  }
}
