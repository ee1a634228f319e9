import type { Load } from './load.ts';

/** What every contestant is put through. */
export interface Scenario {
  readonly name: string;
  readonly what: string;
  readonly kind: 'flat' | 'paced' | 'first' | 'whole';
  readonly load: Pick<Load, 'streams' | 'answers' | 'wanted'>;
  /** Rounds that count; a warm-up comes before them. */
  readonly rounds: number;
}

/** All scenarios; `size` shortens them. */
export function scenariosOf(size: number): readonly Scenario[] {
  const some = (count: number) => Math.max(1, Math.round(count * size));
  const rounds = 3;
  const flat = (streams: number, answers: number, tokens: number): Scenario => ({
    name: `flat-${streams}`,
    what: `${streams} ${streams === 1 ? 'stream' : 'streams'}, as fast as possible`,
    kind: 'flat',
    load: { streams, answers: some(answers), wanted: { tokens } },
    rounds,
  });
  const paced = (streams: number): Scenario => ({
    name: `paced-${streams}`,
    what: `${streams} streams at 50 tokens a second each`,
    kind: 'paced',
    load: { streams, answers: 1, wanted: { tokens: 50 * some(8), perSecond: 50, stamped: true } },
    rounds: 1,
  });
  const first = (streams: number, answers: number): Scenario => ({
    name: `first-${streams}`,
    what: `the first token, ${streams} ${streams === 1 ? 'stream' : 'streams'} at a time`,
    kind: 'first',
    load: { streams, answers: some(answers), wanted: { tokens: 1, stamped: true } },
    rounds,
  });
  return [
    flat(1, 10, 2000),
    // In full so many that what is compiled along the way is not what is measured.
    flat(32, size === 1 ? 16 : 4, 500),
    // The same with less of each request in a token.
    { ...flat(32, 4, 2000), name: 'flat-32-long', what: '32 streams as fast as possible, 2,000 tokens each' },
    flat(256, 1, 250),
    paced(100),
    paced(200),
    paced(500),
    paced(1000),
    first(1, 500),
    first(50, 40),
    {
      name: 'whole-32',
      what: 'answers of 100 tokens that come whole, 32 at a time',
      kind: 'whole',
      load: { streams: 32, answers: some(20), wanted: { tokens: 100 } },
      rounds,
    },
  ];
}
