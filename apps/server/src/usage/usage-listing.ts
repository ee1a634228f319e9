import type { Queries } from '../database/database.ts';
import { type UsageFilter, usageIn } from './usage-filter.ts';
import type { UsageRecord } from './usage-record.ts';
import { usdOf } from './usd.ts';

/** A row of the ledger as our API says it: times in ISO 8601, UTC; null where nobody reported it. */
export interface UsageItem
  extends Omit<UsageRecord, 'cost_status' | 'cost_units' | 'started_at' | 'first_event_at' | 'ended_at'> {
  readonly cost_status: UsageRecord['cost_status'];
  readonly cost_usd: string | null;
  readonly started_at: string;
  readonly first_event_at: string | null;
  readonly ended_at: string;
}

/** Where a page of rows ends. */
export interface RecordCursor {
  readonly endedAt: number;
  readonly generation: string;
}

/** Rows in the order in which they ended, after `after`; `more` where there are others behind them. */
export async function listUsage(
  db: Queries,
  filter: UsageFilter,
  { limit, after }: { readonly limit: number; readonly after?: RecordCursor | undefined },
): Promise<{ readonly records: readonly UsageRecord[]; readonly more: boolean }> {
  let rows = usageIn(db, filter)
    .orderBy('ended_at')
    .orderBy('generation')
    .limit(limit + 1)
    .selectAll();
  if (after !== undefined) {
    rows = rows.where((of) =>
      of.or([
        of('ended_at', '>', after.endedAt),
        of.and([of('ended_at', '=', after.endedAt), of('generation', '>', after.generation)]),
      ]),
    );
  }
  const records = await rows.execute();
  return { records: records.slice(0, limit), more: records.length > limit };
}

export function itemOf(record: UsageRecord): UsageItem {
  const { cost_status, cost_units, prices, started_at, first_event_at, ended_at, ...rest } = record;
  return {
    ...rest,
    cost_status,
    cost_usd: cost_units === null ? null : usdOf(BigInt(cost_units)),
    prices,
    started_at: isoOf(started_at),
    first_event_at: first_event_at === null ? null : isoOf(first_event_at),
    ended_at: isoOf(ended_at),
  };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
