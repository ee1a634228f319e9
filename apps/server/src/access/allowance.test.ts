import { expect, test } from 'vitest';
import { Allowance } from './allowance.ts';
import type { Caller } from './caller.ts';

const caller: Caller = {
  owner: { project: 'p', user: 'u' },
  key: 'k',
  by: 'key',
  admin: false,
  may: 'generate',
  models: [],
  limits: { requestsPerMinute: 5, tokensPerMinute: 1_000 },
};

/** An allowance on a clock that is set by hand. */
function start() {
  const clock = { now: 100_000 };
  return { clock, allowance: new Allowance({ modelsBehind: () => [], now: () => clock.now }) };
}

test('what runs fills the limit with what it may use, and then with what it did', () => {
  const { clock, allowance } = start();
  const { settle } = allowance.permit(caller, 'm', () => 1_500);
  const refused = { code: 'SB_RATE_LIMIT', retryAfterSeconds: 5 };
  expect(() => allowance.permit(caller, 'm')).toThrow(expect.objectContaining(refused));
  settle(300);
  settle(9_999);
  const [first, second] = [
    allowance.permit(caller, 'm', () => 600),
    () => allowance.permit(caller, 'm', () => 1),
  ];
  second();
  first.settle(700);
  expect(second).toThrow(expect.objectContaining({ code: 'SB_RATE_LIMIT', retryAfterSeconds: 60 }));
  clock.now += 60_000;
  expect(second).not.toThrow();
});

test('what turns out to be longer fills the limit with that, until it has ended', () => {
  const { allowance } = start();
  const { expect: foresee, settle } = allowance.permit(caller, 'm', () => 100);
  foresee(() => 2_000);
  expect(() => allowance.permit(caller, 'm')).toThrow(expect.objectContaining({ code: 'SB_RATE_LIMIT' }));
  settle(300);
  foresee(() => 2_000);
  allowance.permit(caller, 'm').settle(0);
  const unlimited = { ...caller, limits: { requestsPerMinute: 5 } };
  allowance.permit(unlimited, 'm').expect(() => {
    throw new Error('nobody needs to know');
  });
});

test('what came to nothing costs no tokens, but it was a request', () => {
  const { allowance } = start();
  for (let request = 0; request < 5; request += 1) allowance.permit(caller, 'm', () => 9_000).settle(0);
  expect(() => allowance.permit(caller, 'm')).toThrow(expect.objectContaining({ code: 'SB_RATE_LIMIT' }));
});

test('what was used before a restart counts for the rest of its minute', () => {
  const { clock, allowance } = start();
  const now = 1_800_000_000_000;
  const use = { key: 'k', requests: 1, tokens: 400 };
  allowance.recall(
    [
      { ...use, startedAt: now - 10_000, endedAt: now - 5_000 },
      { ...use, startedAt: now - 90_000, endedAt: now - 30_000 },
      { ...use, startedAt: now - 40_000, endedAt: now - 20_000, tokens: 300 },
    ],
    now,
  );
  expect(() => allowance.permit(caller, 'm')).toThrow(
    expect.objectContaining({ code: 'SB_RATE_LIMIT', retryAfterSeconds: 30 }),
  );
  clock.now += 30_000;
  // Two requests began within the last minute when it started; one of them does still.
  for (let request = 0; request < 4; request += 1) allowance.permit(caller, 'm');
  expect(() => allowance.permit(caller, 'm')).toThrow(expect.objectContaining({ code: 'SB_RATE_LIMIT' }));
});
