import type { Queries } from '../database/database.ts';
import type { UsageFilter } from './usage-filter.ts';
import { compareNames, type GroupedSum, sumUsage, type UsageGrouping, type UsageSum } from './usage-sums.ts';

/** Which sums are asked for. */
export interface AskedSums {
  readonly filter: UsageFilter;
  readonly group: readonly UsageGrouping[];
  /** So many on a page. */
  readonly limit: number;
  /** The names of the last group of the page before. */
  readonly after?: readonly (string | null)[] | undefined;
}

/** A page of sums, and the sum of all. */
export interface UsagePage {
  readonly items: readonly GroupedSum[];
  readonly total: UsageSum;
  /** The names of the last group, where there are others behind it. */
  readonly last?: readonly (string | null)[];
}

/** Sums rows, a page at a time. Rejects as {@link sumUsage} does. */
export async function sumPage(db: Queries, { filter, group, limit, after }: AskedSums): Promise<UsagePage> {
  const { items, total } = await sumUsage(db, filter, group);
  const namesOf = (item: GroupedSum) => group.map((by) => item[by] ?? null);
  const rest = after === undefined ? items : items.filter((item) => compareNames(namesOf(item), after) > 0);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page,
    total,
    ...(rest.length > page.length && last !== undefined && { last: namesOf(last) }),
  };
}
