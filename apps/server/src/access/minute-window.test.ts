import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MinuteWindow } from './minute-window.ts';

test('what is older than a minute does not count', () => {
  const window = new MinuteWindow();
  window.add(3, 1_000);
  window.add(4, 30_000);
  expect(window.total(59_999)).toBe(7);
  expect(window.total(61_000)).toBe(4);
  expect(window.total(200_000)).toBe(0);
});

test('it says how long until there is room, and then there is', () => {
  const window = new MinuteWindow();
  window.add(1, 0);
  window.add(1, 10_000);
  expect(window.secondsUntilBelow(3, 20_000)).toBe(0);
  expect(window.secondsUntilBelow(2, 20_000)).toBe(40);
  expect(window.secondsUntilBelow(1, 20_000)).toBe(50);
});

test('it agrees with a list of everything that was used', () => {
  const steps = fc.array(fc.record({ wait: fc.nat(20_000), amount: fc.integer({ min: 1, max: 9 }) }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 30 }), (given, limit) => {
      const window = new MinuteWindow();
      const used: { second: number; amount: number }[] = [];
      let now = 0;
      for (const { wait, amount } of given) {
        now += wait;
        const second = Math.floor(now / 1000);
        const within = (at: number) =>
          used.filter((one) => one.second > at - 60).reduce((sum, one) => sum + one.amount, 0);
        expect(window.total(now)).toBe(within(second));
        const wanted = window.secondsUntilBelow(limit, now);
        expect(within(second + wanted)).toBeLessThan(limit);
        if (wanted > 0) expect(within(second + wanted - 1)).toBeGreaterThanOrEqual(limit);
        window.add(amount, now);
        used.push({ second, amount });
      }
    }),
  );
});
