import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from './root.ts';
import { groups, spendingOf, wholeSeconds } from './time-budgets.ts';

const [clients] = groups.filter(({ name }) => name === 'clients');

test('a group over its budget is named, and the slowest files are', () => {
  const ms = (clients?.seconds ?? 0) * 600;
  const files = ['a', 'b'].map((name) => ({ file: `test/clients/${name}.test.ts`, ms }));
  expect(spendingOf(files.slice(1)).over).toEqual([]);
  const { over, lines } = spendingOf([...files, { file: 'packages/x/src/y.test.ts', ms: 1 }], 1);
  expect(over).toEqual([expect.stringMatching(`^clients: .* of ${clients?.seconds} s$`)]);
  expect(lines.at(-1)).toMatch(/test\/clients\/[ab]\.test\.ts$/);
});

test('a file of no group is over its budget: each has one', () => {
  expect(spendingOf([{ file: 'elsewhere/x.test.ts', ms: 1 }]).over).toHaveLength(1);
  const files = globSync(['{packages,apps,test,bench}/**/*.test.ts'], {
    cwd: root,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  });
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => !groups.some((group) => group.files.test(file)))).toEqual([]);
});

test('all of it fits into fifteen minutes beside set-up and checks', () => {
  expect(wholeSeconds).toBeLessThanOrEqual(12 * 60);
});
