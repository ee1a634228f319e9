import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Chat, focused, phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';
import { flakyLine } from './support/flaky-line.ts';

const words = Array.from({ length: 160 }, (_, place) => `ripple${place}`).join(' ');
const haiku = 'Claude Haiku 4.5';
const llama = 'Llama 3.3 70B Instruct';
const nova = 'Nova Pro';
const mistral = 'Mistral Large 3';

const column = (page: Page, title: string) => page.getByRole('region', { name: title, exact: true });
const inState = (within: Page | Locator, state: string) =>
  within.locator(`article[aria-label="Answer"][data-state="${state}"]`);
const textOf = async (within: Locator) =>
  (await within.locator('[data-part="text"]').first().textContent())?.trim();

/** Picks these beside the model that is chosen already, by their names. */
async function pick(page: Page, names: readonly string[]): Promise<void> {
  await page.keyboard.press('Control+Shift+X');
  const search = page.getByRole('dialog', { name: 'Compare models' }).getByRole('combobox');
  for (const name of names) {
    await search.fill(name);
    const current = page.locator('[data-current]').filter({ hasText: name });
    await current.waitFor();
    await page.keyboard.press('Enter');
    await current.and(page.locator('[aria-selected="true"]')).waitFor();
  }
}

/** Asks all of them at once. */
async function compare({ page, box }: Chat, names: readonly string[], prompt: string): Promise<void> {
  await pick(page, names);
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: /^\d models: / }).waitFor();
  await box.fill(prompt);
  await page.keyboard.press('Enter');
  await page.getByRole('main', { name: 'Side by side' }).waitFor();
}

const longerThan = (page: Page, title: string, length: number) =>
  page.waitForFunction(
    ([selector, least]) =>
      (document.querySelector(`${selector} [data-part="text"]`)?.textContent?.length ?? 0) >= Number(least),
    [`section[aria-label="${title}"]`, length] as const,
  );

describeWithChromium('models side by side', () => {
  const chats = setUpChats();
  /** To the emulator: what goes wrong with one model alone, once. */
  const failOnce = (fault: string, modelId: string) =>
    fetch(`${chats.emulator.url}/_emulator/faults`, {
      method: 'POST',
      body: JSON.stringify({ fault, match: { modelId }, times: 1 }),
    });

  test('four answer at once; one fails and is tried again in its place; one is kept, the others stay versions', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await failOnce('exception throttlingException 6', '*llama*');
    await compare(chat, ['llama3', 'nova-pro', 'mistral-large'], `/say ${words}`);
    await inState(column(page, llama), 'failed').waitFor();
    const alert = column(page, llama).getByRole('alert');
    expect(await alert.getAttribute('data-code')).toBe('SB_THROTTLED');
    for (const title of [haiku, nova, mistral]) {
      await inState(column(page, title), 'completed').waitFor();
      await expect.poll(() => textOf(column(page, title))).toBe(words);
    }
    // The figures stand in line: each in the same place of its column.
    const tops = () =>
      page
        .locator('[data-meter="cost"]')
        .evaluateAll((all) => all.map((figure) => Math.round(figure.getBoundingClientRect().top)));
    await expect.poll(async () => new Set(await tops()).size).toBe(1);
    const heard = page.getByRole('status', { name: 'The answers, as they are written' });
    await heard.getByText(`${mistral}: Complete`).waitFor();

    expect(await chat.violations(), 'with one that failed').toEqual([]);

    await alert.getByRole('button', { name: 'Try again' }).click();
    await inState(column(page, llama), 'completed').waitFor();
    const titles = (within: Page) => within.locator('[data-column] h2').allTextContents();
    expect(await titles(page)).toEqual([haiku, llama, nova, mistral]);

    await page.getByRole('button', { name: `Keep and go on: ${nova}` }).click();
    await page.getByText('3 of 5').or(page.getByText('4 of 5')).waitFor();
    await page.getByRole('combobox', { name: 'Model' }).filter({ hasText: nova }).waitFor();
    await focused(chat.box);
    await chat.ask('/say And on');
    await chat.answered();
    expect(chats.emulator.requests.at(-1)?.modelId).toContain('nova-pro');
    expect(chats.emulator.requests.at(-1)?.body).toContain('ripple159');

    // Another tab has all of it, and can put it side by side again; so can the way back.
    await using other = await chats.open({ beside: chat });
    await other.page.goto(page.url());
    await other.page.getByRole('button', { name: 'Side by side' }).first().click();
    await inState(column(other.page, mistral), 'completed').waitFor();
    await expect.poll(() => titles(other.page)).toEqual([haiku, llama, nova, mistral]);
    await other.page.goBack();
    await other.page.getByText('And on').last().waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('reloaded in mid-answer, every column ends with all of it, asked once', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    const before = chats.emulator.requests.length;
    await compare(chat, ['llama3', 'nova-pro'], `/say ${words}`);
    // At once, before the server may have heard of all, and again half-way.
    await page.reload();
    await longerThan(page, llama, 200);
    await page.reload();
    await using other = await chats.open({ beside: chat });
    await other.page.goto(page.url());
    for (const tab of [page, other.page]) {
      for (const title of [haiku, llama, nova]) {
        await inState(column(tab, title), 'completed').waitFor();
        await expect.poll(() => textOf(column(tab, title))).toBe(words);
      }
    }
    expect(await page.locator('[data-column] h2').allTextContents()).toEqual([haiku, llama, nova]);
    const asked = chats.emulator.requests.slice(before).filter(({ operation }) => /Stream$/.test(operation));
    expect(asked).toHaveLength(3);
    expect(chat.complaints).toEqual([]);
  });

  test('a lost line resumes all of them; one is stopped and the others go on, all are stopped by Escape', async () => {
    await using line = await flakyLine(chats.server.url);
    await using chat = await chats.open({ server: line });
    const { page } = chat;
    await compare(chat, ['llama3', 'nova-pro'], '/pace 60\n/long 4000');
    for (const title of [haiku, llama, nova]) await longerThan(page, title, 40);
    line.down = true;
    line.drop();
    for (const title of [haiku, llama, nova]) await inState(column(page, title), 'resuming').waitFor();
    line.down = false;
    for (const title of [haiku, llama, nova]) await inState(column(page, title), 'writing').waitFor();
    await column(page, llama)
      .getByRole('button', { name: `Stop ${llama}` })
      .click();
    await inState(column(page, llama), 'cancelled').waitFor();
    await expect.poll(() => inState(page, 'writing').count()).toBe(2);
    await page.keyboard.press('Escape');
    await inState(column(page, haiku), 'cancelled').waitFor();
    await inState(column(page, nova), 'cancelled').waitFor();
    await chats.emulator.idle();
    expect(chats.emulator.open).toBe(0);
  });

  test('by keyboard alone, from an answer that is there: another model beside it, then back to the first', async () => {
    await using chat = await chats.open({ colorScheme: 'dark', reducedMotion: 'reduce' });
    const { page } = chat;
    const tabTo = async (target: Locator) => {
      for (let steps = 0; steps < 60; steps += 1) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press('Tab');
      }
      throw new Error('Tab does not lead there');
    };
    await chat.ask('/say One');
    await chat.answered();
    await chat.answer().getByRole('button', { name: 'More', exact: true }).focus();
    await page.keyboard.press('Enter');
    await focused(page.getByRole('menu').locator(':focus'));
    await page.keyboard.type('compare');
    await focused(page.getByRole('menuitem', { name: 'Compare with another model' }));
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: `Compare with ${haiku}` });
    await focused(dialog.getByRole('combobox'));
    expect(await chat.violations(), 'the choice').toEqual([]);
    await page.keyboard.type('claude 2.1');
    await dialog
      .getByText(/Cannot be asked here/)
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('nova-pro');
    await page.keyboard.press('Enter');
    await dialog.getByText('2 of 4').waitFor();
    await page.keyboard.press('Control+Enter');
    await inState(column(page, nova), 'completed').waitFor();
    await page.waitForURL(/\/compare\//);

    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await focused(column(page, nova));
    await page.keyboard.press('ArrowLeft');
    await tabTo(page.getByRole('button', { name: `Keep and go on: ${haiku}` }));
    expect(await chat.violations(), 'side by side').toEqual([]);
    await page.keyboard.press('Enter');
    await page.getByText('1 of 2').waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('on a phone one at a time, by tabs and by swipes', async () => {
    await using chat = await chats.open(phone);
    const { page } = chat;
    await page.getByRole('combobox', { name: 'Model' }).tap();
    await page.getByRole('button', { name: 'Compare with…' }).tap();
    const dialog = page.getByRole('dialog', { name: 'Compare models' });
    await dialog.getByRole('option', { name: `${llama} llama3` }).tap();
    await dialog.getByRole('option', { name: `${nova} nova-pro` }).tap();
    expect(await chat.violations(), 'the choice').toEqual([]);
    await dialog.getByRole('button', { name: 'Compare' }).tap();
    await chat.box.fill('/markdown');
    await page.getByRole('button', { name: 'Send', exact: true }).tap();
    await inState(column(page, haiku), 'completed').waitFor();
    expect(await chat.violations(), 'side by side').toEqual([]);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await chat.violations(), 'in the dark').toEqual([]);
    await page.getByRole('tab', { name: llama }).tap();
    await inState(column(page, llama), 'completed').waitFor();
    await page.getByRole('tabpanel').evaluate((panel) => {
      const touch = (clientX: number) => new Touch({ identifier: 1, target: panel, clientX, clientY: 300 });
      panel.dispatchEvent(new TouchEvent('touchstart', { bubbles: true, touches: [touch(300)] }));
      panel.dispatchEvent(new TouchEvent('touchend', { bubbles: true, changedTouches: [touch(120)] }));
    });
    await column(page, nova).waitFor();
    await page.getByRole('tab', { selected: true, name: nova }).waitFor();
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: `Keep and go on: ${nova}` }).tap();
    await chat.box.waitFor();
    expect(chat.complaints).toEqual([]);
  });
});
