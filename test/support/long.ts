/** Whether this is `npm run test:long`: the same tests over many more cases. */
export const long = process.env.TEST_LONG === '1';

/** How often a test with random cases runs: `n` times, in the long form fifty times as often. */
export function times(n: number): number {
  return long ? n * 50 : n;
}
