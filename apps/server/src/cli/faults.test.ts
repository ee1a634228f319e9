import { expect, test } from 'vitest';
import { Faults } from './faults.ts';

test('faults are written down; twenty in a minute end the process, once', () => {
  const lines: string[] = [];
  let now = 0;
  let ends = 0;
  const giveUp = () => {
    ends += 1;
  };
  const faults = new Faults({ write: (line) => lines.push(line), giveUp, now: () => now });
  for (let count = 0; count < 100; count += 1) {
    now += 4_000;
    faults.take('unhandledRejection', new Error(`number ${count}`));
  }
  expect(ends).toBe(0);
  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    level: 'error',
    msg: 'unhandledRejection',
    fault: expect.stringContaining('number 99'),
  });
  for (let count = 0; count < 30; count += 1) faults.take('uncaughtException', 'again');
  expect(ends).toBe(1);
});
