import { setImmediate as nextTurn } from 'node:timers/promises';
import { StreambedError } from '@streambed/protocol';
import { sql } from 'kysely';
import type { Queries } from '../database/database.ts';
import { type UsageFilter, usageIn } from './usage-filter.ts';
import type { UsageRecord } from './usage-record.ts';
import { usdOf } from './usd.ts';

/** What usage can be summed by. A day is one of UTC, the day on which it ended. */
export const usageGroupings = ['project', 'key', 'user', 'model', 'surface', 'state', 'day'] as const;
export type UsageGrouping = (typeof usageGroupings)[number];

/** The counts of tokens, disjoint, as the ledger names them. */
export const tokenKinds = [
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'thinking',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** A sum over some of the ledger's rows. */
export interface UsageSum {
  readonly generations: number;
  readonly embeddings: number;
  /** How they ended. */
  readonly states: Readonly<Record<UsageRecord['state'], number>>;
  /** Requests to the upstream. */
  readonly attempts: number;
  readonly tokens: Readonly<Record<TokenKind, number>>;
  /** Of so many nobody said how many tokens went in, or came out. */
  readonly not_reported: { readonly input: number; readonly output: number };
  /** In USD; `unknown` is the number of rows whose cost isn't known, and that are in no sum. */
  readonly cost: {
    readonly usd: string;
    readonly exact_usd: string;
    readonly estimated_usd: string;
    readonly unknown: number;
  };
}

/** A sum, and what of; null where a row has no such thing: no key, no surface. */
export type GroupedSum = { readonly [G in UsageGrouping]?: string | null } & UsageSum;

/** So many rows are summed at a time, by a thread or a program of its own: between two it is seen whether anybody waits. */
const rowsAtOnce = 50_000;
const maxGroups = 50_000;
export const dayMs = 24 * 60 * 60_000;

/** Sums rows, by none or some of their columns; sorted by these. Rejects with `SB_STORE_FAILED`, or `SB_BAD_REQUEST` for too many groups. */
export async function sumUsage(
  db: Queries,
  filter: UsageFilter,
  group: readonly UsageGrouping[],
): Promise<{ readonly items: readonly GroupedSum[]; readonly total: UsageSum }> {
  const total = new Sum();
  const groups = new Map<string, { readonly names: readonly (string | null)[]; readonly sum: Sum }>();
  for (let from = filter.from; from < filter.to; ) {
    const to = await endOfSlice(db, from, filter.to);
    for (const row of await sumSlice(db, { ...filter, from, to }, group)) {
      total.add(row);
      const names = group.map((by) => (by === 'day' ? dayOf(Number(row.day)) : row[by]));
      const name = JSON.stringify(names);
      const known = groups.get(name) ?? { names, sum: new Sum() };
      known.sum.add(row);
      groups.set(name, known);
    }
    if (groups.size > maxGroups) {
      const message = `group: there are more than ${maxGroups} groups; ask for a shorter time, or for fewer`;
      throw new StreambedError('SB_BAD_REQUEST', message, { field: 'group' });
    }
    from = to;
    await nextTurn();
  }
  const sorted = [...groups.values()].sort((one, other) => compareNames(one.names, other.names));
  return {
    items: sorted.map(({ names, sum }) => ({
      ...Object.fromEntries(group.map((by, index) => [by, names[index] ?? null])),
      ...sum.toJSON(),
    })),
    total: total.toJSON(),
  };
}

/** The order of groups: by their names, one after the other. */
export function compareNames(one: readonly (string | null)[], other: readonly (string | null)[]): number {
  for (let index = 0; index < one.length; index += 1) {
    const [a, b] = [one[index] ?? '', other[index] ?? ''];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

async function endOfSlice(db: Queries, from: number, to: number): Promise<number> {
  const last = await db
    .selectFrom('usage')
    .where('ended_at', '>=', from)
    .where('ended_at', '<', to)
    .orderBy('ended_at')
    .offset(rowsAtOnce)
    .limit(1)
    .select('ended_at')
    .executeTakeFirst();
  return last === undefined ? to : Math.max(Number(last.ended_at), from + 1);
}

const day = sql<number>`ended_at / ${sql.lit(dayMs)}`;

/** Every column more costs time, so only those that are asked for are told apart. */
async function sumSlice(db: Queries, filter: UsageFilter, group: readonly UsageGrouping[]) {
  const asked = group.filter((by) => by !== 'day' && by !== 'state');
  const byDay = group.includes('day') ? [day] : [];
  const column = <Name extends (typeof asked)[number]>(name: Name) =>
    sql<UsageRecord[Name] | null>`${asked.includes(name) ? sql.ref(name) : sql.lit(null)}`.as(name);
  return usageIn(db, filter)
    .groupBy([...asked, 'state', 'kind', 'cost_status', ...byDay])
    .select((of) => [
      column('project'),
      column('key'),
      column('user'),
      column('model'),
      column('surface'),
      'state',
      'kind',
      'cost_status',
      sql<number | null>`${byDay[0] ?? sql.lit(null)}`.as('day'),
      of.fn.countAll<number>().as('rows'),
      of.fn.count<number>('input_tokens').as('with_input'),
      of.fn.count<number>('output_tokens').as('with_output'),
      of.fn.sum<number | null>('attempts').as('attempts'),
      ...tokenKinds.map((kind) => of.fn.sum<number | null>(`${kind}_tokens`).as(`${kind}_tokens`)),
      // As text: it may be more than a number of JavaScript's holds.
      sql<string | null>`cast(sum(cost_units) as text)`.as('cost_units'),
    ])
    .execute();
}

type SlicedRow = Awaited<ReturnType<typeof sumSlice>>[number];

class Sum {
  readonly #kinds = { generation: 0, embedding: 0 };
  readonly #states = { completed: 0, cancelled: 0, failed: 0, interrupted: 0 };
  readonly #tokens = Object.fromEntries(tokenKinds.map((kind) => [kind, 0])) as Record<TokenKind, number>;
  readonly #units = { exact: 0n, estimated: 0n };
  readonly #notReported = { input: 0, output: 0 };
  #attempts = 0;
  #unknown = 0;

  add(row: SlicedRow): void {
    const rows = Number(row.rows);
    this.#kinds[row.kind] += rows;
    this.#states[row.state] += rows;
    this.#attempts += Number(row.attempts ?? 0);
    this.#notReported.input += rows - Number(row.with_input);
    this.#notReported.output += rows - Number(row.with_output);
    for (const kind of tokenKinds) this.#tokens[kind] += Number(row[`${kind}_tokens`] ?? 0);
    if (row.cost_status === 'unknown') this.#unknown += rows;
    else this.#units[row.cost_status] += BigInt(row.cost_units ?? 0);
  }

  toJSON(): UsageSum {
    const { exact, estimated } = this.#units;
    return {
      generations: this.#kinds.generation,
      embeddings: this.#kinds.embedding,
      states: { ...this.#states },
      attempts: this.#attempts,
      tokens: { ...this.#tokens },
      not_reported: { ...this.#notReported },
      cost: {
        usd: usdOf(exact + estimated),
        exact_usd: usdOf(exact),
        estimated_usd: usdOf(estimated),
        unknown: this.#unknown,
      },
    };
  }
}

function dayOf(days: number): string {
  return new Date(days * dayMs).toISOString().slice(0, 10);
}
