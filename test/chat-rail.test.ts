import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { focused, phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

describeWithChromium('the rail', () => {
  const chats = setUpChats();
  const rail = (page: Page) => page.getByRole('navigation', { name: 'Conversations' });
  const row = (page: Page, title: string) => rail(page).getByRole('listitem').filter({ hasText: title });
  const menu = async (page: Page, title: string, item: string) => {
    await row(page, title).hover();
    await page.getByRole('button', { name: `More for ${title}` }).click();
    await page.getByRole('menuitem', { name: item }).click();
  };

  /** Conversations with something in them, made beside the page. */
  async function fill(titles: readonly string[], words = 'Hello'): Promise<void> {
    for (const title of titles) {
      const body = {
        conversation: `c${title.replaceAll(/\W+/g, '')}`,
        request: { model: 'anthropic', messages: [{ role: 'user', content: words }] },
      };
      await call('POST', 'generations', body);
      await call('PATCH', `conversations/${body.conversation}`, { title });
    }
  }
  async function call(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${chats.server.url}/streambed/v1/${path}`, {
      method,
      headers: { 'content-type': 'application/json', prefer: 'respond-async' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  }

  test('a conversation appears in every tab as it begins, shows that it runs, and can be opened while it does', async () => {
    await using one = await chats.open();
    await using two = await chats.open({ beside: one });
    await one.ask(
      `/pace 6\n/say A slow river of words that takes its time to reach the sea, past ${'stones and reeds and bridges, '.repeat(6)}and then some more`,
    );
    const there = row(two.page, '/pace 6');
    await there.getByText('An answer is being written').waitFor({ state: 'attached' });
    await there.getByRole('button').first().click();
    await two.page.locator('article[aria-label="Answer"][aria-busy="true"]').waitFor();
    await two.answered();
    await one.answered();
    const text = (page: Page) => page.locator('[data-part="text"]').last().textContent();
    await expect.poll(() => text(two.page)).toContain('and then some more');
    expect(await text(two.page)).toBe(await text(one.page));

    // What the second tab asks stands in the first one.
    await two.ask('And from the other tab?');
    await one.page
      .getByRole('article', { name: 'You' })
      .filter({ hasText: 'And from the other tab?' })
      .waitFor();
    await two.answered();
    await one.answered();
    expect(one.complaints).toEqual([]);
    expect(two.complaints).toEqual([]);
  });

  test('the answer is stopped from the other tab', async () => {
    await using one = await chats.open();
    await using two = await chats.open({ beside: one });
    await one.ask('/pace 30\n/long 4000');
    await one.page.locator('[data-part="text"]').first().waitFor();
    await two.page.goto(one.page.url());
    await two.page.getByRole('button', { name: 'Stop' }).click();
    await one.answer().and(one.page.locator('[data-state="cancelled"]')).waitFor();
    await chats.emulator.idle();
  });

  test('rename, pin, delete with undo: in both tabs', async () => {
    await fill(['Stones', 'Reeds']);
    await using one = await chats.open();
    await using two = await chats.open({ beside: one });
    const { page } = one;
    // A page in the background hardly draws.
    await page.bringToFront();
    await menu(page, 'Stones', 'Rename');
    await page.getByRole('textbox', { name: 'New name' }).fill('River stones');
    await page.keyboard.press('Enter');
    await row(two.page, 'River stones').waitFor();

    await menu(page, 'River stones', 'Pin');
    await two.page.getByRole('heading', { name: 'Pinned' }).waitFor();
    expect(await one.violations()).toEqual([]);

    await menu(page, 'Reeds', 'Delete');
    await row(two.page, 'Reeds').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await row(two.page, 'Reeds').waitFor();
    await row(page, 'Reeds').waitFor();
    expect(one.complaints).toEqual([]);
  });

  test('search finds what was said, not only titles', async () => {
    await fill(['Untold'], 'The kingfisher waits above the weir');
    await using chat = await chats.open();
    await chat.page.getByRole('searchbox', { name: 'Search conversations' }).fill('kingfisher');
    await row(chat.page, 'Untold').getByText('kingfisher waits').waitFor();
    const found = rail(chat.page)
      .getByRole('listitem')
      .filter({ hasNot: chat.page.getByRole('heading') });
    await expect.poll(() => found.count()).toBe(1);
    expect(await chat.violations()).toEqual([]);
    await chat.page.keyboard.press('Escape');
    await row(chat.page, 'Reeds').waitFor();
  });

  test('a conversation is exported as Markdown and as JSON', async () => {
    await using chat = await chats.open();
    await chat.ask('/say Water **flows**.');
    await chat.answered();
    const exported = async (item: string) => {
      const coming = chat.page.waitForEvent('download');
      await menu(chat.page, '/say Water **flows**.', item);
      const file = await coming;
      return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
    };
    const markdown = await exported('Export as Markdown');
    expect(markdown.name).toBe('say-Water-flows.md');
    expect(markdown.text).toContain('## You\n\n/say Water **flows**.\n\n## anthropic\n\nWater **flows**.');
    const json = await exported('Export as JSON');
    expect(JSON.parse(json.text)).toMatchObject({ title: '/say Water **flows**.', turns: 2 });
    expect(chat.complaints).toEqual([]);
  });

  test('by keyboard: through two hundred of them, open one, rename, delete, and back by the browser', async () => {
    await Promise.all(
      Array.from({ length: 200 }, (_, place) => call('POST', 'conversations', { title: `Pebble ${place}` })),
    );
    await fill(['Above', 'Below']);
    await using chat = await chats.open();
    const { page } = chat;
    await row(page, 'Below').waitFor();
    // Only what is in sight is drawn.
    await expect.poll(() => rail(page).getByRole('listitem').count()).toBeLessThan(60);
    await rail(page).locator('[data-row]').first().focus();
    const focusedText = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    const first = await focusedText();
    for (let step = 0; step < 40; step += 1) await page.keyboard.press('ArrowDown');
    await page.waitForFunction((before) => document.activeElement?.textContent !== before, first);
    await focused(rail(page).locator('[data-row]:focus'));

    await page.keyboard.press('Home');
    await page.waitForFunction((before) => document.activeElement?.textContent === before, first);
    await row(page, 'Below').locator('[data-row]').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('article', { name: 'Answer' }).waitFor();
    await page.waitForURL(/#cBelow$/);
    const address = page.url();
    await row(page, 'Above').locator('[data-row]').click();
    await page.waitForURL(/#cAbove$/);
    await page.goBack();
    await page.waitForURL(address);
    await row(page, 'Below').locator('[data-row][aria-current="page"]').waitFor();

    await row(page, 'Below').locator('[data-row]').focus();
    await page.keyboard.press('F2');
    await focused(page.getByRole('textbox', { name: 'New name' }));
    await page.keyboard.type('Beneath');
    await page.keyboard.press('Enter');
    await row(page, 'Beneath').locator('[data-row]').focus();
    await page.keyboard.press('Delete');
    await row(page, 'Beneath').waitFor({ state: 'detached' });
    await page.getByRole('region', { name: 'Welcome' }).waitFor();
    await page.goto(address);
    await page.getByText('This conversation is not here').waitFor();
    expect(await chat.violations()).toEqual([]);
  });

  test('it collapses to nothing, and stays so', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await rail(page).waitFor();
    await page.keyboard.press('Control+b');
    await rail(page).waitFor({ state: 'detached' });
    await page.reload();
    await chat.light('Model Online');
    expect(await rail(page).count()).toBe(0);
  });

  test.for(['light', 'dark'] as const)('on a phone in %s it is a sheet', async (colorScheme) => {
    await using chat = await chats.open({ ...phone, colorScheme });
    const { page } = chat;
    expect(await rail(page).count()).toBe(0);
    await page.getByRole('button', { name: 'Show conversations' }).tap();
    await rail(page).waitFor();
    expect(await chat.violations()).toEqual([]);
    await row(page, 'River stones').locator('[data-row]').tap();
    await rail(page).waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'Answer' }).waitFor();
    expect(chat.complaints).toEqual([]);
  });
});
