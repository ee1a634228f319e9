import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import { focused, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

/** Waits until a check comes to that; on a machine that is too busy to tell, it is made again. */
async function checked(doctor: Locator, name: string, state: 'good' | 'bad'): Promise<void> {
  const found = async () => {
    const again = doctor.getByRole('button', { name: 'Check again' });
    await again.waitFor();
    const came = await doctor.locator(`[data-check="${name}"]`).getAttribute('data-state');
    if (came === 'warn') await again.click();
    return came;
  };
  await expect.poll(found, { timeout: 30_000 }).toBe(state);
}

describeWithChromium('the shell', () => {
  const chats = setUpChats();

  test('everything by keyboard: ask, stop, palette, theme, model, a new conversation', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    await focused(box);
    await page.keyboard.type('/pace 30');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('/long 4000');
    await page.keyboard.press('Enter');
    await page.locator('article[aria-busy="true"] [data-part="text"]').waitFor();
    await page.keyboard.press('Escape');
    await chat.answer().and(page.locator('[data-state="cancelled"]')).waitFor();

    const command = async (words: string) => {
      await page.keyboard.press('Control+k');
      await focused(page.getByRole('dialog', { name: 'Everything' }).getByRole('combobox'));
      await page.keyboard.type(words);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog', { name: 'Everything' }).waitFor({ state: 'detached' });
    };
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
    expect(await chat.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await command('theme dark');
    await page.locator(':root[data-theme="dark"]').waitFor();
    await command('ask nova lite');
    await page.getByRole('combobox', { name: 'Model' }).filter({ hasText: 'Nova Lite' }).waitFor();
    await command('settings');
    await page.getByRole('complementary', { name: 'Settings' }).waitFor();
    expect(await chat.violations(), 'settings').toEqual([]);
    await command('keyboard shortcuts');
    await page
      .getByRole('complementary', { name: 'Keyboard shortcuts' })
      .getByText('Edit the last message')
      .waitFor();
    expect(await chat.violations(), 'shortcuts').toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Keyboard shortcuts' }).waitFor({ state: 'detached' });

    await page.keyboard.press('Control+Shift+o');
    await page.getByRole('region', { name: 'Welcome' }).waitFor();
    await page.getByRole('combobox', { name: 'Model' }).focus();
    await page.keyboard.press('/');
    await focused(box);
    expect(await box.inputValue()).toBe('');
    expect(chat.complaints).toEqual([]);
  });

  test('Tab reaches everything, from the first button to the box, and the focus is to be seen', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    // The rail is loaded beside the shell.
    await page.getByRole('searchbox', { name: 'Search conversations' }).waitFor();
    await page.getByRole('button').first().focus();
    const seen: string[] = [];
    for (let step = 0; step < 40 && !seen.includes('Message'); step += 1) {
      await page.keyboard.press('Tab');
      const { name, outlined } = await page.evaluate(() => {
        const element = document.activeElement;
        const around = element?.closest('form, label, button') ?? element;
        const style = element === null ? undefined : getComputedStyle(element);
        return {
          name: element?.getAttribute('aria-label') ?? element?.textContent ?? '',
          outlined: style?.outlineStyle !== 'none' || around?.matches(':focus-within') === true,
        };
      });
      seen.push(name);
      expect(outlined, name).toBe(true);
    }
    for (const name of ['Search conversations', 'Settings', 'Message'])
      expect(seen, seen.join(' | ')).toContain(name);
  });

  test('each example of the first run is answered by what it promises', async () => {
    await using server = await chats.startDemo();
    await using chat = await chats.open({ server });
    const { page } = chat;
    const shows: Readonly<Record<string, string>> = {
      'Write a TypeScript function': '[data-part="text"] pre',
      'Show me a table of all models': '[data-part="text"] table',
      'Show me an equation': '[data-part="text"] .katex',
      'What is 17 × 23 + 4?': 'text=/Thinking|Thought/',
      'What is 1234 × 5678?': 'text=nova_code_interpreter',
    };
    for (const [prompt, selector] of Object.entries(shows)) {
      await page.getByRole('button', { name: prompt }).click();
      await chat.answer().locator(selector).first().waitFor({ state: 'attached' });
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+Shift+o');
    }
    expect(chat.complaints).toEqual([]);
  });

  test('the plug is pulled in mid-answer, and nothing is lost', async () => {
    await using server = await chats.startDemo();
    await using chat = await chats.open({ server });
    const { page } = chat;
    await page.getByRole('button', { name: 'Pull the plug in mid-answer' }).click();
    await page.getByText('You pulled the plug').waitFor();
    expect(await chat.violations()).toEqual([]);
    await chat.answered();
    const text = await chat.answer().locator('[data-part="text"]').first().innerText();
    expect(text.trim().split(/\s+/)).toHaveLength(600);
    expect(chat.complaints).toEqual([]);
  });

  test('offline and online again: the page says so, and goes on by itself', async () => {
    await using chat = await chats.open();
    await chat.ask('/pace 40\n/long 200');
    await chat.page.locator('[data-part="text"]').first().waitFor();
    await chat.context.setOffline(true);
    await chat.page.evaluate(() => window.dispatchEvent(new Event('offline')));
    await chat.context.setOffline(false);
    await chat.answered();
    const text = await chat.answer().locator('[data-part="text"]').first().innerText();
    expect(text.trim().split(/\s+/)).toHaveLength(200);
  });

  test('the connection doctor measures, checks, and tells why the line was lost', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await page.getByRole('status', { name: 'Connection' }).click();
    const doctor = page.getByRole('complementary', { name: 'Connection doctor' });
    await checked(doctor, 'stream', 'good');
    for (const name of ['http', 'websocket', 'headers'])
      await doctor.locator(`[data-check="${name}"][data-state="good"]`).waitFor();
    await doctor.getByText(/^\d+(\.\d)? ms$/).waitFor();
    await doctor.getByText('WebSocket', { exact: true }).waitFor();
    expect(await chat.violations()).toEqual([]);
    await doctor.getByRole('button', { name: 'Pull the plug' }).click();
    await doctor.getByText('you pulled the plug').waitFor();
    await chat.light('Model Online');
    await doctor.getByText('Connected', { exact: true }).waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('the doctor finds what a proxy breaks', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    // Something on the way that gathers streams, and one that blocks WebSockets.
    await page.route('**/streambed/v1/probe', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response });
    });
    await page.routeWebSocket(/\/ws$/, (socket) => socket.close());
    await page.getByRole('status', { name: 'Connection' }).click();
    const doctor = page.getByRole('complementary', { name: 'Connection doctor' });
    await checked(doctor, 'stream', 'bad');
    await doctor.locator('[data-check="stream"]').getByText('proxy_buffering off').waitFor();
    await doctor.locator('[data-check="websocket"][data-state="bad"]').getByText('Upgrade').waitFor();
  });

  test('a screen reader hears an answer sentence by sentence', async () => {
    await using chat = await chats.open();
    await chat.ask('/pace 40\n/say One sentence is said. And another one follows it. Then a third.');
    const heard = chat.page.getByRole('status', { name: 'The answer, as it is written' });
    await heard.getByText('One sentence is said.').waitFor({ state: 'attached' });
    await chat.answered();
    await heard.getByText('Then a third.').waitFor({ state: 'attached' });
  });
});
