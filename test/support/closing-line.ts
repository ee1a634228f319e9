import { writeSync } from 'node:fs';
import type { TestModule } from 'vitest/node';

/**
 * Prints `Tests: N passed, N failed, N skipped`, alone, as the very last line of the run. A file that could not be
 * loaded counts as failed, and so does whatever failed beside the tests (`moreFailed`): the line never says 0 where the
 * run did not pass.
 */
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
  // At exit, because other reporters may still print after this call.
  process.once('exit', () => writeSync(1, line));
}
