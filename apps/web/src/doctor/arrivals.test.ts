import { expect, test } from 'vitest';
import { judgeArrivals, watchBusy } from './arrivals.ts';

test('events that come one by one flowed, however busy the page was', () => {
  const times = [0, 121, 244, 360, 482, 600];
  expect(judgeArrivals(times, 5, 3)).toBe('flowed');
  expect(judgeArrivals(times, 5, 300)).toBe('flowed');
});

test('events that come together were held, unless the page itself could not look', () => {
  expect(judgeArrivals([600], 5, 3)).toBe('held');
  expect(judgeArrivals([300, 600], 5, 3)).toBe('held');
  expect(judgeArrivals([600, 601, 602, 603, 604, 605], 5, 3)).toBe('held');
  expect(judgeArrivals([600], 5, 200)).toBe('held');
  expect(judgeArrivals([600], 5, 550)).toBe('unknown');
  expect(judgeArrivals([300, 600], 5, 200)).toBe('unknown');
  expect(judgeArrivals([0, 500, 501, 502, 503, 600], 4, 380)).toBe('flowed');
  expect(judgeArrivals([400, 401, 402, 403, 404, 600], 5, 380)).toBe('unknown');
});

test('how long the page could not look is known', () => {
  const busy = watchBusy();
  const began = performance.now();
  while (performance.now() - began < 100);
  expect(busy()).toBeGreaterThanOrEqual(75);
});
