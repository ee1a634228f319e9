import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { times } from './test/support/long.ts';

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: ['test/support/scrub-environment.ts'],
    testTimeout: times(80_000),
    // A shared machine can hold a browser up for longer than any bound: which tests needed it is printed.
    retry: process.env.TEST_BUDGETS === '1' ? 1 : 0,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    // Many tests wait for servers and browsers: on two cores two workers leave a third of the machine idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    reporters: ['default', './test/support/time-budget-reporter.ts'],
  },
});
