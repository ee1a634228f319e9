/** How often a test with random cases runs: `n` times, fifty times as often in `npm run test:long`. */
export function times(n: number): number {
  return process.env.TEST_LONG === '1' ? n * 50 : n;
}
