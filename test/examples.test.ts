import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../apps/server/src/server.ts';
import { serveExamples } from '../scripts/examples.js';
import { describeWithChromium, launchChromium } from './support/chromium.ts';
import { root } from './support/root.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';

const words = Array.from({ length: 120 }, (_, place) => `ripple${place}`).join(' ');

let emulator: Emulator;
let server: RunningServer;
beforeAll(async () => {
  emulator = await startEmulator({ pace: { firstTokenMs: 40, tokensPerSecond: 200, jitter: 0.2 } });
  server = await startInProcess(upstreamAt(emulator.url));
});
afterAll(async () => {
  await server?.stop();
  await emulator?.stop();
});

test('node.ts prints an answer and how it ended', async () => {
  const child = spawn(process.execPath, [join(root, 'examples', 'node.ts'), `/say ${words}`, server.url]);
  const [out, err] = await Promise.all([readAll(child.stdout), readAll(child.stderr)]);
  expect([out, err]).toEqual([words, '\n(completed)\n']);
  expect(child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)))).toBe(0);
});

describeWithChromium('the examples', () => {
  let browser: Browser;
  let examples: Awaited<ReturnType<typeof serveExamples>>;
  beforeAll(async () => {
    browser = await launchChromium();
    examples = await serveExamples({ server: server.url, port: 0, quiet: true });
  });
  afterAll(async () => {
    await examples?.stop();
    await browser?.close();
  });

  test.for([
    { path: '/browser.html', answer: '#answer' },
    { path: '/react', answer: '[data-state]' },
    { path: '/ai-sdk', answer: '[data-role="assistant"]' },
  ])(
    '$path goes on with its answer after a reload, and stops one',
    { timeout: 60_000 },
    async ({ path, answer }) => {
      const before = emulator.requests.length;
      const page = await browser.newPage();
      // The first page is bundled on demand.
      page.setDefaultTimeout(25_000);
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      await page.goto(`${examples.url}${path}`);
      const ask = async (prompt: string) => {
        await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
        await page.getByRole('button', { name: 'Send' }).click();
      };
      const shown = page.locator(answer);
      await ask(`/say ${words}`);
      await shown.filter({ hasText: 'ripple5' }).waitFor();
      await page.reload();
      await shown.filter({ hasText: 'ripple119' }).waitFor();
      expect(await shown.count()).toBe(1);
      expect((await shown.textContent())?.trim()).toBe(words);
      expect(emulator.requests.length - before).toBe(1);

      await ask('/long 2000');
      await page.getByRole('button', { name: 'Stop' }).click({ delay: 50 });
      await emulator.idle();
      expect(emulator.open).toBe(0);
      expect(faults).toEqual([]);
      await page.close();
    },
  );
});
