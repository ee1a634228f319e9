import { findPrices, type ModelFacts, modelFactsDate, type TokenPrices } from '@streambed/model-facts';
import type { Cost, Ending, Usage } from '@streambed/protocol';

/** Prices are USD per million tokens; they are held in units of 10⁻¹² USD, so a token costs whole 10⁻¹⁸ of them. */
const priceDigits = 12;
/** From 10⁻¹⁸ USD to the 8 places of an answer. */
const perAnswerUnit = 10n ** BigInt(priceDigits + 6 - 8);

/**
 * What `usage` costs on a model called as `id` (base or profile id). Integer arithmetic all through; rounded once, to
 * 8 places. `exact` when the generation completed, both counts came and the prices are this scope's own; `estimated`
 * when something is missing or it was ended early (what AWS bills then is disputed); `unknown` without any count or
 * without the price of a count.
 */
export function costOf(usage: Usage, facts: ModelFacts | undefined, id: string, state: Ending): Cost {
  const found = facts === undefined ? undefined : findPrices(facts, id);
  const counts = countsOf(usage);
  if (found === undefined || counts === undefined) return { status: 'unknown' };
  const { longContext, ...usual } = found.prices;
  const prompt = counts.input + counts.cacheRead + counts.cacheWrite5m + counts.cacheWrite1h;
  const isLong = longContext !== undefined && prompt > BigInt(longContext.overInputTokens);
  const prices: TokenPrices = isLong ? { ...usual, ...longContext } : usual;
  const lifetimeGuessed = !counts.split && counts.cacheWrite5m > 0n && prices.cacheWrite1h !== undefined;
  let exact = state === 'completed' && found.exact && counts.complete && !lifetimeGuessed;
  let total = 0n;
  for (const kind of ['input', 'output', 'cacheRead', 'cacheWrite5m', 'cacheWrite1h'] as const) {
    const price = prices[kind];
    if (counts[kind] === 0n) continue;
    if (price === undefined) return { status: 'unknown' };
    // The usual price stands in for a dearer one that isn't known.
    if (isLong && longContext[kind] === undefined) exact = false;
    total += counts[kind] * parsePrice(price);
  }
  return { status: exact ? 'exact' : 'estimated', usd: printUsd(total), prices: modelFactsDate };
}

interface Counts {
  readonly input: bigint;
  readonly output: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite5m: bigint;
  readonly cacheWrite1h: bigint;
  /** Whether cache writes were reported by lifetime. */
  readonly split: boolean;
  /** Whether both what went in and what came out was reported. */
  readonly complete: boolean;
}

/** `undefined` when nothing was reported. */
function countsOf(usage: Usage): Counts | undefined {
  const input = count(usage.input_tokens);
  const output = count(usage.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const written = count(usage.cache_creation_input_tokens);
  const hour = count(usage.cache_creation?.ephemeral_1h_input_tokens) ?? 0n;
  const fiveMinutes = count(usage.cache_creation?.ephemeral_5m_input_tokens) ?? 0n;
  return {
    input: input ?? 0n,
    // Thinking is part of no other count, and billed as output.
    output: (output ?? 0n) + (count(usage.thinking_tokens) ?? 0n),
    cacheRead: count(usage.cache_read_input_tokens) ?? 0n,
    // Where the total isn't split by lifetime, it is of the default one, five minutes.
    cacheWrite5m: written !== undefined && written > hour ? written - hour : fiveMinutes,
    cacheWrite1h: hour,
    split: usage.cache_creation !== undefined,
    complete: input !== undefined && output !== undefined,
  };
}

function count(value: unknown): bigint | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
}

/** The catalogue's prices are few, and each is needed again and again. */
const parsed = new Map<string, bigint>();
const mostParsed = 1_000;

function parsePrice(decimal: string): bigint {
  let price = parsed.get(decimal);
  if (price === undefined) {
    if (parsed.size >= mostParsed) parsed.clear();
    price = readPrice(decimal);
    parsed.set(decimal, price);
  }
  return price;
}

/** `"3.3"` → 3_300_000_000_000n. */
function readPrice(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.slice(0, priceDigits).padEnd(priceDigits, '0'));
}

/** Half a unit and more rounds up. */
function printUsd(amount: bigint): string {
  const units = (amount + perAnswerUnit / 2n) / perAnswerUnit;
  const digits = units.toString().padStart(9, '0');
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}
