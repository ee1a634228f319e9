import { describe, expect, it } from 'vitest';
import { createRetryBudget, mayRetry, parseRetryAfter, retryDelay } from './retry.ts';

describe('mayRetry', () => {
  it('goes as far as the attempts allow', () => {
    expect([1, 2, 3].map((attempt) => mayRetry(attempt, 'yes', 3))).toEqual([true, true, false]);
    expect([1, 2, 3].map((attempt) => mayRetry(attempt, 'slowly', 3))).toEqual([true, true, false]);
    expect([1, 2, 3].map((attempt) => mayRetry(attempt, 'once', 3))).toEqual([true, false, false]);
    expect(mayRetry(1, 'never', 3)).toBe(false);
    expect(mayRetry(1, 'yes', 1)).toBe(false);
  });
});

describe('retryDelay', () => {
  it('is anywhere between nothing and a limit that doubles', () => {
    const delay = (attempt: number, random: number) =>
      retryDelay(attempt, 'slowly', { random: () => random, maxDelayMs: 3_000 });
    expect([delay(1, 0), delay(1, 0.999), delay(2, 0.5), delay(9, 0.5)]).toEqual([0, 999, 1_000, 1_500]);
  });

  it('is no shorter than what the upstream asked for', () => {
    expect(retryDelay(1, 'yes', { random: () => 0.5, maxDelayMs: 100, retryAfterMs: 2_000 })).toBe(2_050);
  });
});

describe('the retry budget', () => {
  it('dries up while everything fails and comes back with successes', () => {
    const budget = createRetryBudget(10);
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
    for (let success = 0; success < 5; success++) budget.succeeded();
    expect([budget.take(), budget.take()]).toEqual([true, false]);
    for (let success = 0; success < 1_000; success++) budget.succeeded();
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  });
});

describe('parseRetryAfter', () => {
  it('reads seconds and dates', () => {
    const now = Date.parse('2026-11-22T10:00:00Z');
    expect(parseRetryAfter('2', now)).toBe(2_000);
    expect(parseRetryAfter('0.5', now)).toBe(500);
    expect(parseRetryAfter('Sun, 22 Nov 2026 10:00:05 GMT', now)).toBe(5_000);
    expect(parseRetryAfter('Sun, 22 Nov 2026 09:00:00 GMT', now)).toBe(0);
    expect(parseRetryAfter('-1', now)).toBe(0);
    expect(parseRetryAfter('soon', now)).toBeUndefined();
    expect(parseRetryAfter('', now)).toBeUndefined();
    expect(parseRetryAfter(undefined, now)).toBeUndefined();
  });
});
