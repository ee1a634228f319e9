import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { describe, test } from 'vitest';

/** The browser the tests drive: `STREAMBED_CHROMIUM`, the system's own, or one that Playwright installed. */
function chromiumPath(): string | undefined {
  const named = process.env.STREAMBED_CHROMIUM;
  if (named !== undefined) {
    if (!existsSync(named)) throw new Error(`STREAMBED_CHROMIUM names ${named}, which does not exist.`);
    return named;
  }
  return ['/usr/bin/chromium', chromium.executablePath()].find((path) => existsSync(path));
}

/** A Chromium that talks to nobody but the page under test. */
export async function launchChromium(more: readonly string[] = []): Promise<Browser> {
  const executablePath = chromiumPath();
  if (executablePath === undefined) throw new Error('No Chromium here: use describeWithChromium.');
  const quiet = [
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  // Chromium's sandbox refuses to run as root (a container's usual user); anybody else keeps it.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args: [...quiet, ...sandbox, ...more] });
}

/** A suite in a real browser. Where there is none it is skipped, and says so aloud. */
export function describeWithChromium(name: string, suite: () => void): void {
  if (chromiumPath() !== undefined) {
    describe(name, suite);
    return;
  }
  console.warn(`SKIPPED: "${name}" needs Chromium: install it, or name it in STREAMBED_CHROMIUM.`);
  describe(name, () => {
    test.skip('needs Chromium: install it, or name it in STREAMBED_CHROMIUM', () => {});
  });
}
