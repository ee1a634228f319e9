import type { StreambedError } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { startConnectDeadline } from './deadlines.ts';

/** Keeps the event loop from its rest. */
function beBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

/** What a deadline ends with, and after how many milliseconds; in so many turns of the loop until then we are busy. */
async function expiry(ms: number, busyMs = 0, turns = 0) {
  const started = performance.now();
  const expired = Promise.withResolvers<StreambedError>();
  using _deadline = startConnectDeadline(ms, expired.resolve);
  let left = turns;
  const turn = () => {
    if (left === 0) return;
    left -= 1;
    beBusy(busyMs);
    setImmediate(turn);
  };
  turn();
  const { code } = await expired.promise;
  left = 0;
  return { code, ms: performance.now() - started };
}

describe('the deadline of a connection', () => {
  it('is the time it says, while there is nothing else to do', async () => {
    const { code, ms } = await expiry(60);
    expect(code).toBe('SB_TIMEOUT_CONNECT');
    expect(ms).toBeGreaterThan(50);
  });

  it('does not count time in which our own event loop had no rest, and says so in the end', async () => {
    const { code, ms } = await expiry(60, 20, Infinity);
    expect(code).toBe('SB_BUSY');
    expect(ms).toBeGreaterThan(4 * 60 - 5);
  });

  it('goes on counting after we were busy for once', async () => {
    const { code, ms } = await expiry(200, 300, 1);
    expect(code).toBe('SB_TIMEOUT_CONNECT');
    expect(ms).toBeGreaterThan(480);
  });

  it('is over once it is disposed of, even when its time has come', async () => {
    let expired = false;
    const deadline = startConnectDeadline(1, () => {
      expired = true;
    });
    beBusy(5);
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    await turn();
    deadline[Symbol.dispose]();
    await turn();
    await turn();
    expect(expired).toBe(false);
  });
});
