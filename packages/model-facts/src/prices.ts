import { splitProfileId } from './profile-id.ts';
import type { ModelFacts, PriceScope, ScopePrices } from './types.ts';

/** Prices and how they fit what was called. */
export interface FoundPrices {
  readonly scope: PriceScope;
  readonly prices: ScopePrices;
  /** False: this scope has no price of its own here, a neighbour's stands in, and a cost from it is an estimate. */
  readonly exact: boolean;
}

/**
 * The prices for a call of `id`: the model's base id (priced in-region) or one of its inference profile ids. Where the
 * scope itself has none, a geographic or in-region price stands in, the dearer side of the premium; `undefined` when
 * nothing is known.
 */
export function findPrices(facts: ModelFacts, id: string): FoundPrices | undefined {
  const scope = splitProfileId(id).prefix ?? 'inRegion';
  const own = facts.prices[scope];
  if (own !== undefined) return { scope, prices: own, exact: true };
  for (const neighbour of ['us', 'inRegion', 'global'] as const) {
    const prices = facts.prices[neighbour];
    if (prices !== undefined) return { scope: neighbour, prices, exact: false };
  }
  return undefined;
}
