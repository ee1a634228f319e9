import type { Queries } from '../database/database.ts';

/** What rows can be chosen by, beside their time. */
export const filterNames = ['project', 'key', 'user', 'model', 'surface', 'generation'] as const;

/** Rows that ended from `from` on and before `to`, in milliseconds since 1970, and that have these values. */
export type UsageFilter = { readonly from: number; readonly to: number } & {
  readonly [Name in (typeof filterNames)[number]]?: string;
};

/** The rows that a filter lets through. */
export function usageIn(db: Queries, filter: UsageFilter) {
  let rows = db.selectFrom('usage').where('ended_at', '>=', filter.from).where('ended_at', '<', filter.to);
  for (const name of filterNames) {
    const value = filter[name];
    if (value !== undefined) rows = rows.where(name, '=', value);
  }
  return rows;
}
