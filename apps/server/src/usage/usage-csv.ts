import { usageColumns } from '../database/tables/usage.ts';
import { toCsv } from './csv.ts';
import type { UsageItem } from './usage-listing.ts';
import {
  type GroupedSum,
  type TokenKind,
  tokenKinds,
  type UsageGrouping,
  type UsageSum,
} from './usage-sums.ts';

/** A sum in one flat row, as CSV has it. */
type FlatSum = Readonly<Record<string, string | number | null>>;

const tokenColumns = tokenKinds.map((kind) => `${kind}_tokens`);

const sumColumns = [
  'generations',
  'embeddings',
  'completed',
  'cancelled',
  'failed',
  'interrupted',
  'attempts',
  ...tokenColumns,
  'input_not_reported',
  'output_not_reported',
  'cost_usd',
  'exact_usd',
  'estimated_usd',
  'cost_unknown',
];

/** Sums as CSV, what they are grouped by first. */
export function sumsToCsv(items: readonly GroupedSum[], group: readonly UsageGrouping[]): string {
  return toCsv(items.map(flatten), [...group, ...sumColumns]);
}

const recordColumns = usageColumns.map((column) => (column === 'cost_units' ? 'cost_usd' : column));

/** Rows of the ledger as CSV: its columns, the cost in USD. */
export function recordsToCsv(items: readonly UsageItem[]): string {
  return toCsv(
    items.map((item) => ({ ...item })),
    recordColumns,
  );
}

function flatten(sum: GroupedSum | UsageSum): FlatSum {
  const { states, tokens, not_reported, cost, ...rest } = sum;
  return {
    ...rest,
    ...states,
    ...Object.fromEntries(
      Object.entries(tokens).map(([kind, count]) => [`${kind as TokenKind}_tokens`, count]),
    ),
    input_not_reported: not_reported.input,
    output_not_reported: not_reported.output,
    cost_usd: cost.usd,
    exact_usd: cost.exact_usd,
    estimated_usd: cost.estimated_usd,
    cost_unknown: cost.unknown,
  };
}
