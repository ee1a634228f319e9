/** Costs have 8 places; they are counted in units of the last one, so that sums are exact. */
const places = 8;
const perDollar = 10n ** BigInt(places);

/** `"0.00123400"` → 123400n. Throws for what is no such decimal. */
export function unitsOf(usd: string): bigint {
  const match = /^(\d+)(?:\.(\d{1,8}))?$/.exec(usd);
  if (match === null) throw new TypeError(`${usd} is no amount of USD`);
  const [, whole = '0', fraction = ''] = match;
  return BigInt(whole) * perDollar + BigInt(fraction.padEnd(places, '0'));
}

/** 123400n → `"0.00123400"`. */
export function usdOf(units: bigint): string {
  return `${units / perDollar}.${(units % perDollar).toString().padStart(places, '0')}`;
}
