import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { badDays } from './fault-matrix/bad-days.ts';
import { judge } from './fault-matrix/judge.ts';
import { type Lived, liveThrough } from './fault-matrix/live-through.ts';
import { faultMatrixPage, printedMatrix } from './fault-matrix/page.ts';
import { root } from './support/root.ts';

/** So many bad days at once, each with a gateway and an upstream of its own. */
const atOnce = 5;
const lived = new Map<string, Lived>();

beforeAll(async () => {
  const waiting = [...badDays];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let day = waiting.shift(); day !== undefined; day = waiting.shift()) {
        lived.set(day.name, await liveThrough(day));
      }
    }),
  );
  console.info(printedMatrix(inOrder()));
}, 300_000);

function inOrder(): readonly Lived[] {
  return badDays.flatMap(({ name }) => lived.get(name) ?? []);
}

test.each(badDays)('$name: every door ends in time and tells the truth, and nothing is left', ({ name }) => {
  const day = lived.get(name);
  expect(day && judge(day)).toEqual([]);
});

test('docs/fault-matrix.md says what happened', async () => {
  await expect(faultMatrixPage(inOrder())).toMatchFileSnapshot(join(root, 'docs', 'fault-matrix.md'));
});
