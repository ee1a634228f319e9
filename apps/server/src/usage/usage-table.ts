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
export type FlatSum = Readonly<Record<string, string | number | null>>;

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

export function sumsToCsv(items: readonly GroupedSum[], group: readonly UsageGrouping[]): string {
  return toCsv(items.map(flatten), [...group, ...sumColumns]);
}

const recordColumns = [
  'generation',
  'kind',
  'project',
  'user',
  'key',
  'surface',
  'model',
  'target',
  'region',
  'state',
  'error_code',
  'request_id',
  'attempts',
  ...tokenColumns,
  'cost_status',
  'cost_usd',
  'prices',
  'started_at',
  'first_event_at',
  'ended_at',
];

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
