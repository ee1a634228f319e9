import { defineConfig } from 'vitest/config';
import { times } from './test/support/long.ts';

export default defineConfig({
  test: {
    include: ['packages/**/*.test.ts', 'apps/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    setupFiles: ['test/support/scrub-environment.ts'],
    testTimeout: times(20_000),
    hookTimeout: 30_000,
    pool: 'forks',
    reporters: ['default', './test/support/time-budget-reporter.ts'],
  },
});
