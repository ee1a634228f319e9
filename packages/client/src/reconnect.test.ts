import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../test/manual-clock.ts';
import { defaultReconnectLimits as limits, Reconnect } from './reconnect.ts';

const unit = fc.integer({ min: 0, max: 999 }).map((thousandths) => thousandths / 1_000);

test('every wait lies in the upper half of its window, and windows double up to the longest', () => {
  fc.assert(
    fc.property(fc.array(unit, { minLength: 1, maxLength: 60 }), (randoms) => {
      const clock = new ManualClock();
      let turn = 0;
      const reconnect = new Reconnect(clock, () => randoms[turn] ?? 0);
      for (; turn < randoms.length; turn += 1) {
        const window = Math.min(limits.longestMs, limits.firstMs * 2 ** turn);
        let attempts = 0;
        const wait = reconnect.plan(() => (attempts += 1)) - clock.now();
        expect(wait).toBeGreaterThanOrEqual(window / 2);
        expect(wait).toBeLessThanOrEqual(window);
        clock.advance(wait);
        expect(attempts).toBe(1);
      }
    }),
  );
});

test('only progress makes the next wait short again', () => {
  const clock = new ManualClock();
  const reconnect = new Reconnect(clock, () => 0.5);
  const waits = Array.from({ length: 4 }, () => {
    const wait = reconnect.plan(() => {}) - clock.now();
    clock.advance(wait);
    return wait;
  });
  expect(waits).toEqual([300, 600, 1200, 2400]);
  reconnect.progress();
  expect(reconnect.plan(() => {}) - clock.now()).toBe(300);
});

test('whatever wakes it, attempts stay apart, one at a time, and none is lost', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('wake' as const) }),
    fc.record({ do: fc.constant('progress' as const) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 20_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.array(unit, { minLength: 1 }), (steps, randoms) => {
      const clock = new ManualClock();
      const attempts: number[] = [];
      let turn = 0;
      const reconnect = new Reconnect(clock, () => randoms[turn++ % randoms.length] ?? 0);
      // Every attempt fails at once: the worst there is.
      const attempt = () => {
        attempts.push(clock.now());
        reconnect.plan(attempt);
      };
      reconnect.plan(attempt);
      for (const now of steps) {
        if (now.do === 'advance') clock.advance(now.ms);
        else reconnect[now.do]();
        expect(clock.pending).toBe(1);
      }
      for (const [place, at] of attempts.entries()) {
        if (place > 0) expect(at - (attempts[place - 1] ?? 0)).toBeGreaterThanOrEqual(limits.apartMs);
      }
      const before = attempts.length;
      clock.advance(limits.longestMs);
      expect(attempts.length).toBeGreaterThan(before);
    }),
  );
});

test('the other side may ask for a longer wait, within bounds', () => {
  const clock = new ManualClock();
  const reconnect = new Reconnect(clock, () => 0);
  expect(reconnect.plan(() => {}, 5_000) - clock.now()).toBe(5_000);
  expect(reconnect.plan(() => {}, 3_600_000) - clock.now()).toBe(limits.longestMs);
});

test('a cancelled plan is never made', () => {
  const clock = new ManualClock();
  const reconnect = new Reconnect(clock);
  reconnect.plan(() => expect.unreachable());
  reconnect.cancel();
  clock.advance(60_000);
  expect(clock.pending).toBe(0);
});
