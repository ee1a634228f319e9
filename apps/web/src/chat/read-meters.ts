import type { GenerationSnapshot, Turn } from '@streambed/client';
import { texts } from '../texts.ts';

export type MeterName = 'model' | 'first' | 'speed' | 'tokens' | 'cached' | 'cost';

/** The places of figures where several answers stand side by side. */
export const gridOrder = ['first', 'speed', 'tokens', 'cost'] as const satisfies MeterName[];

/** One figure under an answer, and what it means. */
export interface Meter {
  readonly name: MeterName;
  readonly value: string;
  readonly meaning: string;
}

/**
 * A whole number with commas between its thousands. By hand, since the browser takes some 20 ms to make its first number
 * format, which a page that opens would wait for.
 */
const grouped = (value: number) => String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');

/**
 * The figures of an ended answer. What wasn't reported isn't shown; of an answer that was cut short the counts so far
 * would look like the whole, so only its times and its (estimated) cost are. `demo`: nobody pays for it; `title`: what
 * people call the model.
 */
export function readMeters({ model, stream, answer }: Turn, demo: boolean, title: string): readonly Meter[] {
  const { stop, message } = answer;
  const meters: Meter[] = [
    { name: 'model', value: title, meaning: texts.meters.model(model, message.model) },
  ];
  if (stop === undefined) return meters;

  const { first_event_ms: first, total_ms: total } = stop.timing;
  if (first !== undefined && stream) {
    meters.push({ name: 'first', value: duration(first), meaning: texts.meters.first });
  } else if (first !== undefined) {
    meters.push({ name: 'first', value: duration(total), meaning: texts.meters.total });
  }

  const { usage } = stop;
  const output = answer.phase === 'completed' ? usage.output_tokens : undefined;
  const writingMs = total - (first ?? total);
  if (stream && output !== undefined && output > 1 && writingMs >= 50) {
    const speed = (output - 1) / (writingMs / 1_000);
    meters.push({
      name: 'speed',
      value: texts.meters.perSecond(wholeNumber(speed)),
      meaning: texts.meters.speed,
    });
  }

  const cached = usage.cache_read_input_tokens ?? 0;
  const input = sum(usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens);
  if (output !== undefined) {
    const meaning = texts.meters.tokens(count(input, texts.meters.notCounted), grouped(output));
    meters.push({ name: 'tokens', value: `${count(input, '?')} → ${grouped(output)}`, meaning });
  }

  if (output !== undefined && cached > 0) {
    const value = texts.meters.cached(grouped(cached));
    meters.push({ name: 'cached', value, meaning: texts.meters.cachedMeaning });
  }

  if (stop.cost.status !== 'unknown') {
    const { status, usd, prices } = stop.cost;
    meters.push({
      name: 'cost',
      value: status === 'estimated' ? estimate(money(usd)) : money(usd),
      meaning: demo
        ? texts.meters.costDemo(prices)
        : status === 'estimated'
          ? texts.meters.costEstimated(prices)
          : texts.meters.costExact(prices),
    });
  }
  return meters;
}

/** What several answers came to. Counts of answers that were cut short aren't known whole, so neither is their sum. */
export interface Sums {
  readonly answers: number;
  readonly input: number;
  readonly output: number;
  readonly usd: number;
  /** Whether nothing in it is an estimate, and nothing is missing. */
  readonly complete: boolean;
}

export function sumUp(answers: readonly GenerationSnapshot[]): Sums {
  let sums: Sums = { answers: 0, input: 0, output: 0, usd: 0, complete: true };
  for (const { stop } of answers) {
    if (stop === undefined) continue;
    const { usage, cost } = stop;
    sums = {
      answers: sums.answers + 1,
      input:
        sums.input +
        (sum(usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) ?? 0),
      output: sums.output + (usage.output_tokens ?? 0),
      usd: sums.usd + (cost.status === 'unknown' ? 0 : Number(cost.usd)),
      complete: sums.complete && cost.status === 'exact',
    };
  }
  return sums;
}

/** `1,204` */
export function wholeNumber(value: number): string {
  return grouped(Math.round(value));
}

/** `412 ms`, `1.24 s`, `48 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(2)} s` : `${Math.round(ms / 1_000)} s`;
}

/** An exact decimal with 8 places, as people read money: `$0.0021`, `$1.20`, `< $0.0001`. */
export function money(usd: string): string {
  const value = Number(usd);
  if (value === 0) return '$0';
  if (value < 0.0001) return '< $0.0001';
  return value < 1 ? `$${value.toFixed(4)}` : `$${value.toFixed(2)}`;
}

function estimate(amount: string): string {
  return amount.startsWith('<') ? amount : `≈ ${amount}`;
}

function count(tokens: number | undefined, unknown: string): string {
  return tokens === undefined ? unknown : grouped(tokens);
}

function sum(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, one) => total + one, 0);
}
