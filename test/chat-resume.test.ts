import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium, launchChromium } from './support/chromium.ts';
import { flakyLine } from './support/flaky-line.ts';
import { seededRandom } from './support/random.ts';
import { root } from './support/root.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';

const words = Array.from({ length: 220 }, (_, place) => `ripple${place}`).join(' ');
const answer = 'article[aria-label="Answer"]';

/** The built page, reloaded and cut off in mid-answer. */
describeWithChromium('the chat picks answers up again', () => {
  let emulator: Emulator;
  let browser: Browser;
  const web = mkdtempSync(join(tmpdir(), 'streambed-page-'));

  beforeAll(async () => {
    cpSync(join(root, 'dist', 'web'), web, { recursive: true });
    emulator = await startEmulator({
      pace: { firstTokenMs: 60, tokensPerSecond: 200, jitter: 0.2 },
      seed: 3,
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await emulator?.stop();
    rmSync(web, { recursive: true, force: true });
  });

  const start = () => startInProcess(upstreamAt(emulator.url, { argv: ['--web-dir', web] }));

  async function open(url: string): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto(url);
    return page;
  }

  async function ask(page: Page, prompt: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  }

  const text = (page: Page) => page.locator(`${answer} [data-part="text"]`).last();
  const completed = (page: Page) => page.locator(`${answer}[data-state="completed"]`).last();
  const longerThan = (page: Page, length: number) =>
    page.waitForFunction(
      ([selector, least]) =>
        (document.querySelector(`${selector} [data-part="text"]`)?.textContent?.length ?? 0) >= Number(least),
      [answer, length] as const,
    );

  test('reloaded at random moments of one answer, it ends with all of it', async () => {
    const random = seededRandom('reloaded at random moments');
    await using server = await start();
    const asked = () =>
      emulator.requests.filter(({ operation }) => /^(?:Invoke|Converse)/.test(operation)).length;
    const before = asked();
    const page = await open(server.url);
    await ask(page, `/say ${words}`);
    for (let reload = 0; reload < 4; reload += 1) {
      if (reload > 0) await longerThan(page, random.integer(1, 400) * reload);
      await page.reload();
    }
    await completed(page).waitFor();
    expect((await text(page).textContent())?.trim()).toBe(words);
    expect(await page.getByRole('article', { name: 'Answer' }).count()).toBe(1);
    // Asked once, however often the page began anew.
    expect(asked() - before).toBe(1);
    await page.reload();
    expect((await text(page).textContent())?.trim()).toBe(words);
    await page.close();
  });

  test('a lost line does not end an answer: it is resumed, with a hairline at the seam', async () => {
    await using server = await start();
    await using line = await flakyLine(server.url);
    const page = await open(line.url);
    const states: string[] = [];
    await page.exposeFunction('noteState', (state: string) => states.push(state));
    await page.evaluate((selector) => {
      new MutationObserver(() => {
        const state = document.querySelector(selector)?.getAttribute('data-state');
        const seam = document.querySelector('.seam') === null ? '' : ' with a seam';
        if (state) (window as unknown as { noteState(state: string): void }).noteState(state + seam);
      }).observe(document, { childList: true, subtree: true, attributes: true });
    }, answer);
    await ask(page, `/say ${words}`);
    for (const length of [50, 400, 800]) {
      await longerThan(page, length);
      line.drop();
    }
    await completed(page).waitFor();
    expect((await text(page).textContent())?.trim()).toBe(words);
    expect(states).toContain('resuming');
    expect(states.some((state) => state.endsWith('with a seam'))).toBe(true);
    expect(states).not.toContain('interrupted');
    await page.locator('.seam').waitFor({ state: 'detached' });
    await page.close();
  });

  test('stopped while the line is down, it is stopped, and so is the upstream request', async () => {
    await using server = await start();
    await using line = await flakyLine(server.url);
    const page = await open(line.url);
    await ask(page, '/long 2000');
    await longerThan(page, 50);
    line.down = true;
    line.drop();
    await page.locator(`${answer}[data-state="resuming"]`).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(emulator.open).toBe(1);
    line.down = false;
    await page.locator(`${answer}[data-state="cancelled"]`).waitFor();
    await emulator.idle();
    expect(emulator.open).toBe(0);
    await page.close();
  });
});
