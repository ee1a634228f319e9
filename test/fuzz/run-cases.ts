import { setImmediate as nextTurn } from 'node:timers/promises';
import { randomFrom, seededRandom } from '../support/random.ts';
import type { FuzzCase } from './cases.ts';

/**
 * Runs cases for so long, several at once, and gives back how many. Each has a seed of its own, which a failure names;
 * the first failure ends it.
 */
export async function fuzz(what: string, ms: number, atOnce: number, one: FuzzCase): Promise<number> {
  const first = seededRandom(`fuzzing ${what}`).seed;
  const until = performance.now() + ms;
  let cases = 0;
  let failed = false;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < until && !failed) {
        const seed = first + cases;
        cases += 1;
        try {
          await one(randomFrom(seed));
        } catch (thrown) {
          failed = true;
          throw new Error(`case of seed ${seed}: ${(thrown as Error).message}`, { cause: thrown });
        }
        // Parts that wait for nothing must let others run.
        if (cases % 100 === 0) await nextTurn();
      }
    }),
  );
  console.info(`fuzzing ${what}: ${cases} cases`);
  return cases;
}
