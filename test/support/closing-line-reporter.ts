import { writeSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Prints `Tests: N passed, N failed, N skipped`, alone, as the very last line of the run. A file that could not be
 * loaded and an error outside any test count as failed: the line never says 0 where the run did not pass.
 */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    printClosingLine(modules, unhandledErrors.length);
  }
}

/** Prints the line at exit, because other reporters may still print after this call. `moreFailed`: beside the tests. */
export function printClosingLine(modules: readonly TestModule[], moreFailed: number): void {
  const count = { passed: 0, failed: moreFailed, skipped: 0, pending: 0 };
  for (const module of modules) {
    count.failed += module.errors().length;
    for (const test of module.children.allTests()) count[test.result().state] += 1;
    for (const suite of module.children.allSuites()) count.failed += suite.errors().length;
  }
  // Pending: a test that never ran to its end (the run was interrupted).
  const failed = count.failed + count.pending;
  const line = `Tests: ${count.passed} passed, ${failed} failed, ${count.skipped} skipped\n`;
  process.once('exit', () => writeSync(1, line));
}
