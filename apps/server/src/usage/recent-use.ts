import { sql } from 'kysely';
import type { LedgerUse } from '../access/allowance.ts';
import type { Database } from '../database/database.ts';

const second = (column: 'started_at' | 'ended_at') => sql<number>`${sql.ref(column)} / 1000`;

/** What keys have used since then, by the second. Rejects with `SB_STORE_FAILED`. */
export async function recentUse(db: Database, since: number): Promise<readonly LedgerUse[]> {
  const all = sql<number>`sum(coalesce(input_tokens, 0) + coalesce(cache_read_tokens, 0) + coalesce(cache_write_5m_tokens, 0)
    + coalesce(cache_write_1h_tokens, 0) + coalesce(output_tokens, 0) + coalesce(thinking_tokens, 0))`;
  const rows = await db
    .selectFrom('usage')
    .where('ended_at', '>=', since)
    .where('key', 'is not', null)
    .groupBy(['key', second('started_at'), second('ended_at')])
    .select((of) => [
      'key',
      of.fn.countAll<number>().as('requests'),
      all.as('tokens'),
      of.fn.min('started_at').as('startedAt'),
      of.fn.min('ended_at').as('endedAt'),
    ])
    .execute();
  return rows.map(({ key, requests, tokens, startedAt, endedAt }) => ({
    key: key ?? '',
    requests: Number(requests),
    tokens: Number(tokens),
    startedAt: Number(startedAt),
    endedAt: Number(endedAt),
  }));
}
