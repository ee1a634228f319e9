import { parseArgs } from 'node:util';
import { StreambedError } from '@streambed/protocol';
import { nearMiss } from '../config/near-miss.ts';
import { ConfigError, readConfig } from '../config.ts';
import { sumsToCsv } from '../usage/usage-csv.ts';
import { readUsageJournal } from '../usage/usage-journal.ts';
import { journalPath } from '../usage/usage-ledger.ts';
import { readFilter, readGroup } from '../usage/usage-query.ts';
import { insertRecords } from '../usage/usage-rows.ts';
import { type GroupedSum, sumUsage, type UsageGrouping, type UsageSum } from '../usage/usage-sums.ts';
import { openData } from './open-data.ts';
import { printTable } from './print-table.ts';

const text = { type: 'string' } as const;
const truth = { type: 'boolean' } as const;
const options = {
  'data-dir': text,
  config: text,
  from: text,
  to: text,
  group: text,
  project: text,
  key: text,
  user: text,
  model: text,
  surface: text,
  json: truth,
  csv: truth,
} as const;

/**
 * `streambed usage …`: sums what was used, out of the data folder itself, whether or not a server runs on it. Throws
 * ConfigError for what was said wrong.
 */
export async function usage(argv: readonly string[]): Promise<void> {
  const { json = false, csv = false, config, 'data-dir': dataDir, ...asked } = readOptions(argv);
  const places = [
    ...(dataDir === undefined ? [] : ['--data-dir', dataDir]),
    ...(config === undefined ? [] : ['--config', config]),
  ];
  try {
    const filter = readFilter(asked);
    const group = readGroup(asked.group);
    const { data: folder } = readConfig({ argv: places });
    await using data = await openData({ data: folder });
    // A running server brings its own rows in, within a moment; one that was killed has left some.
    const { ended } = await readUsageJournal(journalPath(folder.dir));
    await insertRecords(data.db, ended);
    const { items, total } = await sumUsage(data.db, filter, group);
    const times = { from: new Date(filter.from).toISOString(), to: new Date(filter.to).toISOString() };
    if (json) process.stdout.write(`${JSON.stringify({ ...times, group, items, total }, null, 2)}\n`);
    else if (csv) process.stdout.write(sumsToCsv(items, group));
    else print(items, total, group, times);
  } catch (thrown) {
    throw thrown instanceof StreambedError ? new ConfigError(thrown.message) : thrown;
  }
}

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options }).values;
  } catch (thrown) {
    const unknown = /Unknown option '--([^']+)'/.exec((thrown as Error).message)?.[1];
    if (unknown === undefined) throw new ConfigError((thrown as Error).message);
    const near = nearMiss(unknown, Object.keys(options));
    const hint =
      near === undefined ? `it knows --${Object.keys(options).join(', --')}` : `did you mean --${near}?`;
    throw new ConfigError(`usage has no flag --${unknown}; ${hint}`);
  }
}

function print(
  items: readonly GroupedSum[],
  total: UsageSum,
  group: readonly UsageGrouping[],
  { from, to }: { readonly from: string; readonly to: string },
): void {
  process.stdout.write(`Ended from ${from} to ${to} (UTC, the last moment not included)\n\n`);
  const named = (item: GroupedSum) =>
    Object.fromEntries(group.map((by) => [by.toUpperCase(), item[by] ?? '-']));
  const all = Object.fromEntries(group.map((by, index) => [by.toUpperCase(), index === 0 ? 'all' : '']));
  const rows = items.map((item) => ({ ...named(item), ...cellsOf(item) }));
  printTable(group.length === 0 ? [cellsOf(total)] : [...rows, { ...all, ...cellsOf(total) }]);
  const { unknown } = total.cost;
  if (unknown > 0) {
    process.stdout.write(
      `\nThe cost of ${unknown} is not known and in no sum. ~ marks sums with estimates.\n`,
    );
  }
}

function cellsOf({ generations, embeddings, states, tokens, cost }: UsageSum): Record<string, string> {
  return {
    GENERATIONS: String(generations),
    EMBEDDINGS: String(embeddings),
    FAILED: String(states.failed + states.interrupted),
    INPUT: String(tokens.input),
    'CACHE READ': String(tokens.cache_read),
    'CACHE WRITE': String(tokens.cache_write_5m + tokens.cache_write_1h),
    OUTPUT: String(tokens.output + tokens.thinking),
    USD: `${/[1-9]/.test(cost.estimated_usd) ? '~' : ''}${cost.usd}`,
    'UNKNOWN COST': String(cost.unknown),
  };
}
