/** How often a test with random cases runs: `n` times, fifty times as often in `npm run test:long`. */
export function times(n: number): number {
  return process.env.TEST_LONG === '1' ? n * 50 : n;
}

/** What a test does usually, and what in `npm run test:long`. */
export function inLong<T>(usually: T, long: T): T {
  return process.env.TEST_LONG === '1' ? long : usually;
}
