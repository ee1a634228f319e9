import { describe, expect, it } from 'vitest';
import { Pace } from './pace.ts';

function paceAt() {
  const clock = { now: 1_000_000 };
  const pace = new Pace(() => clock.now);
  /** Calls of 1,000 tokens, one a second. */
  const call = (times: number) => {
    for (let time = 0; time < times; time++) {
      clock.now += 1_000;
      pace.sent();
      pace.used(1_000);
    }
  };
  return { pace, clock, call };
}

describe('a pace', () => {
  it('holds nothing back before there was a throttle', () => {
    const { pace, call } = paceAt();
    call(100);
    expect(pace.waitMs).toBe(0);
  });

  it('is a little slower than what was observed when a throttle came', () => {
    const { pace, call } = paceAt();
    call(60);
    pace.throttled();
    pace.sent();
    // 60 calls of 1,000 tokens in a minute: one a second, and a tenth slower.
    expect(pace.waitMs).toBeGreaterThan(1_050);
    expect(pace.waitMs).toBeLessThan(1_200);
  });

  it('grows again with calls that work, and is forgotten after a minute', () => {
    const { pace, clock, call } = paceAt();
    call(60);
    pace.throttled();
    pace.sent();
    const first = pace.waitMs;
    clock.now += first;
    pace.used(1_000);
    pace.sent();
    expect(pace.waitMs).toBeLessThan(first);
    clock.now += 60_000;
    pace.sent();
    expect(pace.waitMs).toBe(0);
  });

  it('does not come to a standstill where one call in ten is throttled whatever the pace', () => {
    const { pace, clock, call } = paceAt();
    call(60);
    pace.throttled();
    for (let time = 1; time <= 300; time++) {
      clock.now += pace.waitMs;
      pace.sent();
      if (time % 10 === 0) pace.throttled();
      else pace.used(1_000);
    }
    pace.sent();
    expect(pace.waitMs).toBeLessThan(100);
  });

  it('concludes nothing from a few calls', () => {
    const { pace, call } = paceAt();
    call(3);
    pace.throttled();
    pace.sent();
    expect(pace.waitMs).toBe(0);
  });

  it('never holds a call back for longer than two seconds', () => {
    const { pace, call } = paceAt();
    call(12);
    for (let time = 0; time < 20; time++) pace.throttled();
    for (let time = 0; time < 20; time++) pace.sent();
    expect(pace.waitMs).toBe(2_000);
  });

  it('lets many at once through again as soon as their calls work, whatever went past it before', () => {
    const { pace, clock, call } = paceAt();
    call(60);
    pace.throttled();
    for (let time = 0; time < 100; time++) pace.sent();
    clock.now += pace.waitMs;
    for (let time = 0; time < 100; time++) pace.used(1_000);
    pace.sent();
    expect(pace.waitMs).toBeLessThan(100);
  });

  it('advises to wait longer after each throttle in a row, to a bound', () => {
    const { pace } = paceAt();
    const advice = Array.from({ length: 8 }, () => {
      pace.throttled();
      return pace.adviceSeconds;
    });
    expect(advice).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
    pace.used(10);
    pace.throttled();
    expect(pace.adviceSeconds).toBe(1);
  });
});
