import type { Random } from '../support/random.ts';

/** Values that programs stumble over. */
const odd: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -0,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  '\ud800',
  '🌊',
  '__proto__',
  '../',
  '%00',
  'x'.repeat(5_000),
  [],
  {},
  [[]],
  [null],
  { type: 'text' },
  { type: '' },
  { toString: 1 },
  'data:,',
  'http://[',
];

/** One of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[random.integer(0, list.length - 1)] as T;
}

/** The same value with a few of its parts replaced, left out, repeated or renamed. */
export function mutateValue(random: Random, value: unknown): unknown {
  const copy: unknown = structuredClone(value);
  for (let times = random.integer(1, 3); times > 0; times--) {
    const places = placesIn(copy);
    if (places.length === 0) return pick(random, odd);
    const { holder, name } = pick(random, places);
    const way = random.integer(0, 4);
    if (way === 0) delete holder[name];
    else if (way === 1) holder[name] = Array.from({ length: random.integer(2, 40) }, () => holder[name]);
    else if (way === 2) holder[`${name}${pick(random, ['s', '_', '.', '\u0000'])}`] = holder[name];
    else holder[name] = structuredClone(pick(random, odd));
  }
  return copy;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly name: string;
}

function placesIn(value: unknown): readonly Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder)
    .slice(0, 50)
    .flatMap((name) => [{ holder, name }, ...placesIn(holder[name])]);
}

/** The same bytes with a few of them turned, taken out, put in or doubled. */
export function mutateBytes(random: Random, bytes: Uint8Array): Buffer {
  let all = Buffer.from(bytes);
  for (let times = random.integer(0, 4); times > 0 && all.length > 0; times--) {
    const at = random.integer(0, all.length - 1);
    const to = Math.min(all.length, at + random.integer(1, 16));
    const [before, middle, after] = [all.subarray(0, at), all.subarray(at, to), all.subarray(to)];
    const noise = Buffer.from(Array.from({ length: random.integer(1, 8) }, () => random.integer(0, 255)));
    const way = random.integer(0, 4);
    if (way === 0) all = Buffer.concat([before, after]);
    else if (way === 1) all = Buffer.concat([before, middle, middle, after]);
    else if (way === 2) all = Buffer.concat([before, noise, after]);
    else if (way === 3) all = Buffer.from(before);
    else all[at] = (all[at] as number) ^ (1 << random.integer(0, 7));
  }
  return all;
}
