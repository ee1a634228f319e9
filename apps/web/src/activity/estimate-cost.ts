import type { ActivityList, CatalogueModel } from '@streambed/client';

type Item = ReturnType<ActivityList['get']>[number];

/**
 * What a generation has cost so far, in USD, by the list prices of its model and the tokens counted by now; undefined
 * where either isn't known. What it really cost comes with its end.
 */
export function estimateCost(
  { input_tokens: input = 0, output_tokens: output = 0 }: Pick<Item, 'input_tokens' | 'output_tokens'>,
  prices: CatalogueModel['prices'],
): string | undefined {
  if (prices?.input === undefined || prices.output === undefined || input + output === 0) return undefined;
  return String((input * Number(prices.input) + output * Number(prices.output)) / 1_000_000);
}
