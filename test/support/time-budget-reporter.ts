import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { printClosingLine } from './closing-line.ts';
import { type FileTime, spendingOf, wholeSeconds } from './time-budgets.ts';

/**
 * Says what each group of tests took, which files were slowest, and what passed only when it was tried again. With
 * `TEST_BUDGETS=1`, as `.ci/run` sets it, a group over its budget counts as failed, and a run over the whole one is ended,
 * with the files that were not through counted as failed. Prints the closing line of the run.
 */
export default class TimeBudgetReporter implements Reporter {
  readonly #counts = process.env.TEST_BUDGETS === '1';
  readonly #files: FileTime[] = [];
  readonly #running = new Set<string>();
  #vitest: Vitest | undefined;
  #late: NodeJS.Timeout | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunStart(files: readonly { readonly moduleId: string }[]): void {
    for (const { moduleId } of files) this.#running.add(moduleId);
    if (this.#counts) this.#late = setTimeout(() => this.#endRun(), wholeSeconds * 1000);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#running.delete(module.moduleId);
    const { duration, collectDuration, setupDuration } = module.diagnostic();
    this.#files.push({ file: module.relativeModuleId, ms: duration + collectDuration + setupDuration });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    clearTimeout(this.#late);
    sayRetried(modules);
    const over = this.#saySpending();
    printClosingLine(modules, unhandledErrors.length + over);
    if (over === 0) return;
    // At exit, because the run's own verdict is set after this call.
    process.once('exit', () => {
      process.exitCode = 1;
    });
  }

  /** How many groups are over their budgets, where that counts. */
  #saySpending(): number {
    const { lines, over } = spendingOf(this.#files);
    if (this.#files.length > 1) {
      console.log(`\n Time by group, and the slowest files\n   ${lines.join('\n   ')}\n`);
    }
    if (!this.#counts || over.length === 0) return 0;
    console.error(`Over their time budgets (test/support/time-budgets.ts):\n   ${over.join('\n   ')}\n`);
    return over.length;
  }

  #endRun(): void {
    console.error(`The tests took longer than ${wholeSeconds} s. Not through:`);
    for (const file of this.#running) console.error(`   ${file}`);
    const over = this.#saySpending();
    printClosingLine(this.#vitest?.state.getTestModules() ?? [], this.#running.size + over);
    process.exit(1);
  }
}

function sayRetried(modules: readonly TestModule[]): void {
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      if (test.diagnostic()?.flaky === true)
        console.error(`PASSED ONLY WHEN TRIED AGAIN: ${module.relativeModuleId}: ${test.fullName}`);
    }
  }
}
