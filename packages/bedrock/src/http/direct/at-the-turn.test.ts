import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { atTheTurn } from './at-the-turn.ts';

/** Takes the event loop for itself. */
function work(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('what many answers bring at once is read in the order of coming, a part in each turn', async () => {
  const read: number[] = [];
  for (let answer = 0; answer < 20; answer += 1) {
    atTheTurn(() => {
      work(2.5);
      read.push(answer);
    });
  }
  expect(read).toEqual([]);
  let turns = 0;
  for (let before = 0; read.length < 20; before = read.length) {
    await nextTurn();
    turns += 1;
    expect(read.length - before).toBeLessThanOrEqual(2);
  }
  expect(read).toEqual(Array.from({ length: 20 }, (_, answer) => answer));
  expect(turns).toBeGreaterThanOrEqual(10);
});
