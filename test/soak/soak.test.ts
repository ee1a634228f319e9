import { expect, test } from 'vitest';
import { seededRandom } from '../support/random.ts';
import { soak, soakReport } from './mixed-load.ts';

/** Half a minute; half an hour in `npm run test:long`; `SOAK_SECONDS` says otherwise. */
const seconds = Number(process.env.SOAK_SECONDS ?? (process.env.TEST_LONG === '1' ? 1_800 : 24));

test(
  `${seconds} seconds of mixed load, bad days and clients that leave: nothing grows and nothing is left`,
  async () => {
    const result = await soak(seconds, 6, seededRandom('soak').seed);
    console.info(soakReport(result));
    const { ends, held } = result;
    expect(
      Object.keys(ends).filter((end) => !['complete', 'refused', 'error inside', 'left'].includes(end)),
    ).toEqual([]);
    expect(ends.complete).toBeGreaterThan(result.asked / 3);
    for (const { generations, sockets, upstream, open } of held) {
      expect({ generations, sockets, upstream, open }).toEqual({
        generations: 0,
        sockets: 0,
        upstream: 0,
        open: 0,
      });
    }
    // The first rests are warm-up: code is compiled, pools and caches fill.
    const [, second, last] = [held[0], held[1], held.at(-1)];
    if (second === undefined || last === undefined) throw new Error('there was no rest');
    expect(last.heap - second.heap).toBeLessThan(30 * 1024 * 1024);
    expect(last.handles).toBeLessThan(second.handles + 20);
  },
  (seconds + 120) * 1000,
);
