import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';
import { flakyLine } from './support/flaky-line.ts';
import { seededRandom } from './support/random.ts';

const words = Array.from({ length: 220 }, (_, place) => `ripple${place}`).join(' ');
const answer = 'article[aria-label="Answer"]';

/** The built page, reloaded and cut off in mid-answer. */
describeWithChromium('the chat picks answers up again', () => {
  const chats = setUpChats();
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
    const asked = () =>
      chats.emulator.requests.filter(({ operation }) => /^(?:Invoke|Converse)/.test(operation)).length;
    const before = asked();
    await using chat = await chats.open();
    const { page } = chat;
    await chat.ask(`/say ${words}`);
    for (let reload = 0; reload < 4; reload += 1) {
      if (reload > 0) await longerThan(page, random.integer(1, 400) * reload);
      await page.reload();
    }
    await completed(page).waitFor();
    const trimmed = async () => (await text(page).textContent())?.trim();
    await expect.poll(trimmed).toBe(words);
    expect(await page.getByRole('article', { name: 'Answer' }).count()).toBe(1);
    // Asked once, however often the page began anew.
    expect(asked() - before).toBe(1);
    await page.reload();
    await expect.poll(trimmed).toBe(words);
  });

  test('the server is restarted in mid-answer: what was written is kept, and goes on where it stopped', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'streambed-restart-'));
    const flags = ['--data-dir', dir, '--drain-ms', '50'];
    try {
      const server = await chats.start('0', flags);
      await using chat = await chats.open({ server });
      const { page } = chat;
      await chat.ask('/pace 40\n/long 300');
      await longerThan(page, 100);
      await server.stop();
      await using again = await chats.start(new URL(server.url).port, flags);
      expect(again.url).toBe(server.url);
      await page.locator(`${answer}[data-state="interrupted"]`).waitFor();
      const kept = (await text(page).textContent()) ?? '';
      expect(kept.length).toBeGreaterThan(100);
      await chat.answer().getByRole('button', { name: 'Go on' }).click();
      await page.getByText('gone on from here').waitFor();
      await completed(page).waitFor();
      expect((await page.locator(`${answer} [data-part="text"]`).first().textContent()) ?? '').toBe(kept);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test('a lost line does not end an answer: it is resumed, with a hairline at the seam', async () => {
    await using line = await flakyLine(chats.server.url);
    await using chat = await chats.open({ server: line });
    const { page } = chat;
    const states: string[] = [];
    await page.exposeFunction('noteState', (state: string) => states.push(state));
    await page.evaluate((selector) => {
      new MutationObserver(() => {
        const state = document.querySelector(selector)?.getAttribute('data-state');
        const seam = document.querySelector('.seam') === null ? '' : ' with a seam';
        if (state) (window as unknown as { noteState(state: string): void }).noteState(state + seam);
      }).observe(document, { childList: true, subtree: true, attributes: true });
    }, answer);
    await chat.ask(`/pace 60\n/say ${words}`);
    for (const length of [50, 400, 800]) {
      await longerThan(page, length);
      line.drop();
    }
    await completed(page).waitFor();
    expect((await text(page).textContent())?.trim()).toBe(words);
    // What the page notes is told a moment later.
    await expect.poll(() => states).toContain('completed');
    expect(states.some((state) => state.startsWith('resuming'))).toBe(true);
    expect(states.some((state) => state.endsWith('with a seam'))).toBe(true);
    expect(states).not.toContain('interrupted');
    await page.locator('.seam').waitFor({ state: 'detached' });
  });

  test('stopped while the line is down, it is stopped, and so is the upstream request', async () => {
    await using line = await flakyLine(chats.server.url);
    await using chat = await chats.open({ server: line });
    const { page } = chat;
    await chat.ask('/pace 60\n/long 4000');
    await longerThan(page, 50);
    line.down = true;
    line.drop();
    await page.locator(`${answer}[data-state="resuming"]`).waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(chats.emulator.open).toBe(1);
    line.down = false;
    await page.locator(`${answer}[data-state="cancelled"]`).waitFor();
    await chats.emulator.idle();
    expect(chats.emulator.open).toBe(0);
  });
});
