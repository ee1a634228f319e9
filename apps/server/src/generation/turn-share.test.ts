import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TurnShare } from './turn-share.ts';

/** A share of turns on a clock that moves only while somebody works. */
function start() {
  const clock = { now: 0 };
  return { clock, share: new TurnShare(() => clock.now) };
}

test('whoever comes while the turn is young goes on at once', async () => {
  const { clock, share } = start();
  expect(share.take()).toBeUndefined();
  clock.now += 3;
  expect(share.take()).toBeUndefined();
  clock.now += 1;
  const later = share.take();
  expect(later).toBeInstanceOf(Promise);
  await later;
  // The turn is another, and so is its share.
  expect(share.take()).toBeUndefined();
});

test('many that work go on in the order of coming, a few in each turn', async () => {
  const { clock, share } = start();
  const worked: string[] = [];
  const turnOf = new Map<string, number>();
  let turn = 0;
  const work = async (name: string) => {
    for (let step = 0; step < 3; step += 1) {
      const later = share.take();
      if (later !== undefined) await later;
      clock.now += 1;
      worked.push(`${name}${step}`);
      turnOf.set(`${name}${step}`, turn);
    }
  };
  const all = Promise.all(Array.from({ length: 20 }, (_, index) => work(String.fromCharCode(97 + index))));
  let done = false;
  void all.then(() => {
    done = true;
  });
  while (!done) {
    await nextTurn();
    turn += 1;
  }
  expect(worked).toHaveLength(60);
  // Nobody is two steps ahead of somebody who came before: the first may use what is left of a young turn.
  const lastOfFirst = worked.indexOf('b0');
  for (const [index, name] of worked.entries()) {
    if (index > 10 && name.endsWith('2')) expect(index).toBeGreaterThan(lastOfFirst);
  }
  const perTurn = Map.groupBy(worked, (name) => turnOf.get(name) ?? 0);
  for (const some of perTurn.values()) expect(some.length).toBeLessThanOrEqual(8);
});
