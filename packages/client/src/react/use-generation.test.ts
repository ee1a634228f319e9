import { join } from 'node:path';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import type { Browser, Page } from 'playwright-core';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../../../../apps/server/src/server.ts';
import { describeWithChromium, launchChromium } from '../../../../test/support/chromium.ts';
import { root } from '../../../../test/support/root.ts';
import { startInProcess, upstreamAt } from '../../../../test/support/servers.ts';

const words = Array.from({ length: 150 }, (_, index) => `word${index}`).join(' ');

interface Seen {
  readonly text: number;
  readonly phase: number;
  readonly frames: number;
  readonly phases: readonly string[];
}

async function bundle(): Promise<string> {
  const built = await rolldown({
    input: join(root, 'packages/client/test/pages/use-generation.tsx'),
    platform: 'browser',
    cwd: root,
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  });
  const { output } = await built.generate({ format: 'iife' });
  await built.close();
  return output[0].code;
}

describeWithChromium('useGeneration', () => {
  let emulator: Emulator;
  let server: RunningServer;
  let browser: Browser;
  let script: string;
  beforeAll(async () => {
    emulator = await startEmulator({ pace: { firstTokenMs: 20, tokensPerSecond: 600, jitter: 0.2 } });
    [server, browser, script] = await Promise.all([
      startInProcess(upstreamAt(emulator.url)),
      launchChromium(),
      bundle(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await emulator?.stop();
  });

  /** The page, on the server's own origin, with its first answer whole. */
  async function open(query = ''): Promise<Page> {
    const page = await browser.newPage();
    const html = '<!doctype html><html lang="en"><title>Hooks</title><body></body></html>';
    await page.route('**/hooks*', (route) => route.fulfill({ contentType: 'text/html', body: html }));
    await page.goto(`${server.url}/hooks${query}#${encodeURIComponent(`/say ${words}`)}`);
    await page.addScriptTag({ content: script });
    await page.locator('[data-text]', { hasText: 'one two three' }).first().waitFor();
    await page.locator('[data-phase="completed"]').waitFor();
    return page;
  }
  const seenOn = (page: Page) => page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);

  test('shows the answer as it grows, once a frame, and renders what did not change no more', async () => {
    const page = await open();
    const before = await seenOn(page);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.locator('[data-text]', { hasText: 'word149' }).first().waitFor();
    await page.locator('[data-phase="completed"]').waitFor();
    const after = await seenOn(page);
    // Two components show the text: each renders at most once a frame, and once for its new generation.
    const frames = after.frames - before.frames;
    expect(after.text - before.text).toBeGreaterThan(4);
    expect(after.text - before.text).toBeLessThanOrEqual(2 * (frames + 2));
    // The phase changed a few times, however many tokens came.
    expect(after.phase - before.phase).toBeLessThanOrEqual(6);
    expect(after.phases.slice(-2)).toEqual(['writing', 'completed']);
    const texts = await page.locator('[data-text]').allTextContents();
    expect(texts).toEqual([words, words]);
    await page.close();
  });

  test('mounted twice, as strict mode does, it shows the same', async () => {
    const page = await open('?strict');
    expect(await page.locator('[data-text]').allTextContents()).toEqual(['one two three', 'one two three']);
    expect(Number(await page.locator('[data-seq]').getAttribute('data-seq'))).toBeGreaterThan(3);
    await page.close();
  });
});
