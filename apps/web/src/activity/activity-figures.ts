import type { ActivityList, CatalogueModel } from '@streambed/client';
import { duration, money, wholeNumber } from '../chat/read-meters.ts';
import { texts } from '../texts.ts';
import { estimateCost } from './estimate-cost.ts';

type Item = ReturnType<ActivityList['get']>[number];

/** One figure of a generation; an empty one keeps its place. */
export interface Figure {
  readonly name: 'time' | 'tokens' | 'cost';
  readonly value: string;
}

/**
 * How long, how much and how dear, as of `now` (seconds since 1970). What is not counted to the end is marked `≈`: all of
 * it while it runs, and what was cut short.
 */
export function figuresOf(item: Item, now: number, prices: CatalogueModel['prices']): readonly Figure[] {
  return [
    { name: 'time', value: time(item, now) },
    { name: 'tokens', value: tokens(item) },
    { name: 'cost', value: cost(item, prices) },
  ];
}

function time({ started_at: from, ended_at: to }: Item, now: number): string {
  if (from === undefined) return '';
  const seconds = Math.max(0, (to ?? now) - from);
  return to === undefined ? `${Math.floor(seconds)} s` : duration(seconds * 1_000);
}

function tokens({ state, input_tokens: input, output_tokens: output = 0 }: Item): string {
  if (output === 0) return '';
  const written = state === 'completed' ? wholeNumber(output) : `≈ ${wholeNumber(output)}`;
  return input === undefined ? texts.meters.written(written) : `${wholeNumber(input)} → ${written}`;
}

function cost(item: Item, prices: CatalogueModel['prices']): string {
  const known = item.cost?.status === 'unknown' ? undefined : item.cost;
  const usd = known?.usd ?? (item.state === 'running' ? estimateCost(item, prices) : undefined);
  if (usd === undefined) return '';
  const amount = money(usd);
  return known?.status === 'exact' || amount.startsWith('<') ? amount : `≈ ${amount}`;
}
