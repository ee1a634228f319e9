import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerState } from './breaker.ts';

function breakerAt(start = 0) {
  const clock = { now: start };
  const states: BreakerState[] = [];
  const breaker = new Breaker(
    { failures: 3, openMs: 1_000, maxOpenMs: 4_000 },
    () => clock.now,
    (state) => states.push(state),
  );
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) {
      breaker.enter();
      breaker.failed();
    }
  };
  return { breaker, clock, states, fail };
}

describe('a breaker', () => {
  it('opens after so many failures in a row, and not sooner', () => {
    const { breaker, fail } = breakerAt();
    fail(2);
    expect(breaker.enter()).toBe(true);
    breaker.worked();
    fail(2);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
    expect(breaker.enter()).toBe(false);
    expect(breaker.waitMs).toBe(1_000);
  });

  it('lets one attempt through when its time has come, which closes it', () => {
    const { breaker, clock, states, fail } = breakerAt();
    fail(3);
    clock.now = 1_000;
    expect(breaker.enter()).toBe(true);
    expect(breaker.enter()).toBe(false);
    breaker.worked();
    expect(breaker.enter()).toBe(true);
    expect(states).toEqual(['open', 'half_open', 'closed']);
  });

  it('stays open twice as long after each probe that fails, to a bound', () => {
    const { breaker, clock, fail } = breakerAt();
    fail(3);
    for (const ms of [2_000, 4_000, 4_000]) {
      clock.now += breaker.waitMs;
      fail(1);
      expect(breaker.waitMs).toBe(ms);
    }
    clock.now += 4_000;
    breaker.enter();
    breaker.worked();
    fail(3);
    expect(breaker.waitMs).toBe(1_000);
  });

  it('lets another probe through when one ended without a word', () => {
    const { breaker, clock, fail } = breakerAt();
    fail(3);
    clock.now = 1_000;
    breaker.enter();
    breaker.left();
    expect(breaker.state).toBe('open');
    expect(breaker.enter()).toBe(true);
  });

  it('is not opened for longer by attempts that began before it opened', () => {
    const { breaker, clock, fail } = breakerAt();
    fail(3);
    clock.now = 500;
    breaker.failed();
    breaker.failed();
    expect(breaker.waitMs).toBe(500);
  });
});
