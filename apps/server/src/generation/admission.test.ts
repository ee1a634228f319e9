import { StreambedError } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Admission, type AdmissionLimits, type Leave } from './admission.ts';

const usual: AdmissionLimits = {
  generations: 2,
  generationsPerSocket: 100,
  queue: 100,
  queueMs: 60_000,
};

function callerOf(user: string) {
  return { owner: { project: 'p', user } };
}

/** Asks, and says in `log` who got a place. */
function ask(admission: Admission, user: string, log: string[], signal?: AbortSignal): Promise<Leave> {
  const entering = admission.enter({
    caller: callerOf(user),
    socket: { running: 0 },
    ...(signal && { signal }),
  });
  entering.then(
    () => log.push(user),
    (thrown: unknown) => log.push(`${user}: ${thrown instanceof StreambedError ? thrown.code : thrown}`),
  );
  return entering;
}

test('places that become free go to callers in turn, and to one caller in order', async () => {
  const admission = new Admission({ ...usual, generations: 1 });
  const log: string[] = [];
  const leaves: Leave[] = [];
  for (const user of ['first', 'many', 'many', 'many', 'few', 'one']) {
    void ask(admission, user, log).then((leave) => leaves.push(leave));
  }
  while (log.length < 6 || leaves.length > 0) {
    await new Promise(setImmediate);
    leaves.shift()?.();
  }
  expect(log).toEqual(['first', 'many', 'few', 'one', 'many', 'many']);
  expect(admission.running).toBe(0);
});

test('a caller that has its share waits, and others pass it by', async () => {
  const admission = new Admission({ ...usual, generations: 3, generationsPerCaller: 1 });
  const log: string[] = [];
  const leave = await ask(admission, 'a', log);
  const second = ask(admission, 'a', log);
  await ask(admission, 'b', log);
  expect(admission.waiting).toBe(1);
  leave();
  await second;
  expect(log).toEqual(['a', 'b', 'a']);
});

test('a key has a quarter of the places unless it is told otherwise', async () => {
  const admission = new Admission({ ...usual, generations: 8, queueMs: 0 });
  const enter = () => admission.enter({ caller: { ...callerOf('x'), key: 'k' }, socket: { running: 0 } });
  await enter();
  await enter();
  await expect(enter()).rejects.toMatchObject({ code: 'SB_TOO_MANY_GENERATIONS' });
});

test('too long a queue refuses at once and says when to come back; too long a wait refuses as well', async () => {
  const admission = new Admission({ ...usual, generations: 1, queue: 2, queuePerCaller: 1, queueMs: 20 });
  const log: string[] = [];
  await ask(admission, 'a', log);
  const waits = ask(admission, 'a', log);
  await expect(ask(admission, 'a', log)).rejects.toMatchObject({
    code: 'SB_TOO_MANY_GENERATIONS',
    retryAfterSeconds: expect.any(Number),
    message: expect.stringContaining('As many wait'),
  });
  const other = ask(admission, 'b', log);
  await expect(ask(admission, 'c', log)).rejects.toMatchObject({ code: 'SB_TOO_MANY_GENERATIONS' });
  await expect(waits).rejects.toMatchObject({ message: expect.stringContaining('within 20 ms') });
  await expect(other).rejects.toMatchObject({ code: 'SB_TOO_MANY_GENERATIONS' });
  expect(admission.waiting).toBe(0);
});

test('who is cancelled or leaves waits no longer; who waits when the server leaves is refused', async () => {
  const admission = new Admission({ ...usual, generations: 1 });
  const log: string[] = [];
  const leave = await ask(admission, 'a', log);
  const gone = new AbortController();
  const waits = ask(admission, 'b', log, gone.signal);
  const stays = ask(admission, 'c', log);
  gone.abort(new StreambedError('SB_CANCELLED'));
  await expect(waits).rejects.toMatchObject({ code: 'SB_CANCELLED' });
  admission.drain();
  await expect(stays).rejects.toMatchObject({ code: 'SB_DRAINING', retryAfterSeconds: 1 });
  await expect(ask(admission, 'd', log)).rejects.toMatchObject({ code: 'SB_DRAINING' });
  leave();
  leave();
  expect(admission).toMatchObject({ running: 0, waiting: 0 });
});

type Step = { do: 'ask' | 'end' | 'leave'; user: number; pick: number };

test('whatever comes in whatever order: bounds hold, nobody starves, and every place comes back', async () => {
  const step: fc.Arbitrary<Step> = fc.record({
    do: fc.constantFrom('ask', 'ask', 'end', 'leave'),
    user: fc.nat(3),
    pick: fc.nat(100),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.record({
        generations: fc.integer({ min: 1, max: 5 }),
        generationsPerCaller: fc.integer({ min: 1, max: 5 }),
        generationsPerSocket: fc.integer({ min: 1, max: 6 }),
        queue: fc.nat(6),
        queuePerCaller: fc.nat(4),
      }),
      fc.boolean(),
      async (steps, limits, drains) => {
        const admission = new Admission({ ...limits, queueMs: 60_000 });
        const sockets = Array.from({ length: 4 }, () => ({ running: 0 }));
        const held: { user: number; leave: Leave }[] = [];
        let waiting: AbortController[] = [];
        for (const { do: what, user, pick } of steps) {
          if (what === 'ask') {
            const gone = new AbortController();
            const socket = sockets[user] as { running: number };
            waiting.push(gone);
            admission
              .enter({ caller: callerOf(String(user)), socket, signal: gone.signal })
              .then((leave) => held.push({ user, leave }))
              .catch(() => {})
              .finally(() => {
                waiting = waiting.filter((one) => one !== gone);
              });
          } else if (what === 'end') held.splice(pick % Math.max(held.length, 1), 1)[0]?.leave();
          else waiting[pick % Math.max(waiting.length, 1)]?.abort(new StreambedError('SB_CANCELLED'));
          await new Promise(setImmediate);
          expect(admission.running).toBe(held.length);
          expect(admission.waiting).toBe(waiting.length);
          expect(held.length).toBeLessThanOrEqual(limits.generations);
          expect(waiting.length).toBeLessThanOrEqual(limits.queue);
          for (const [index, { running }] of sockets.entries()) {
            const own = held.filter((one) => one.user === index).length;
            expect(own).toBeLessThanOrEqual(limits.generationsPerCaller);
            expect(running).toBeLessThanOrEqual(limits.generationsPerSocket);
          }
        }
        if (drains) admission.drain();
        while (held.length > 0 || waiting.length > 0) {
          held.shift()?.leave();
          await new Promise(setImmediate);
        }
        expect(admission).toMatchObject({ running: 0, waiting: 0 });
        expect(sockets).toEqual(sockets.map(() => ({ running: 0 })));
      },
    ),
    { numRuns: 200 },
  );
});
