import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Chat, focused, phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';
import { type FlakyLine, flakyLine } from './support/flaky-line.ts';

/** A screen that no other test looks at in both themes and sizes, and how to get there from the one before. */
type Screen = (chat: Chat, line: FlakyLine) => Promise<unknown>;

const screens: Readonly<Record<string, Screen>> = {
  'first run': ({ page }) => page.getByRole('region', { name: 'Welcome' }).waitFor(),
  palette: ({ page }) => command(page, ''),
  settings: ({ page }) => open(page, 'settings', 'Settings'),
  shortcuts: ({ page }) => open(page, 'keyboard shortcuts', 'Keyboard shortcuts'),
  parameters: async ({ page }) => {
    await open(page, 'parameters', 'Parameters');
    await page.getByRole('textbox', { name: 'System prompt' }).fill('Be a river.');
    await page.getByRole('textbox', { name: 'Name of the preset' }).fill('River');
  },
  doctor: async ({ page }) => {
    await open(page, 'connection doctor', 'Connection doctor');
    await page.locator('[data-check="headers"][data-state]').waitFor();
  },
  files: async ({ page }) => {
    await page.keyboard.press('Escape');
    await page.locator('#choose-files').setInputFiles([
      { name: 'notes.md', mimeType: '', buffer: Buffer.from('Water is wet.') },
      { name: 'archive.zip', mimeType: 'application/zip', buffer: Buffer.from([80, 75, 3, 4, 0, 255]) },
    ]);
    await page.locator('[data-attachment="refused"]').waitFor();
  },
  queue: async (chat) => {
    for (const name of ['archive.zip', 'notes.md'])
      await chat.page.getByRole('button', { name: `Remove ${name}` }).click();
    await chat.ask('/pace 20\n/long 2000');
    await chat.answer().locator('[data-part="text"]').waitFor();
    await chat.box.fill('After that');
    await chat.page.keyboard.press('Enter');
    await chat.page.getByRole('region', { name: 'Queue' }).waitFor();
  },
  'out of reach': async ({ page }, line) => {
    line.down = true;
    line.drop();
    await page.getByRole('button', { name: 'Try now' }).waitFor();
  },
  'stopped, with a queue that waits': async (chat, line) => {
    line.down = false;
    await chat.light('Model Online');
    await chat.page.getByRole('button', { name: 'Stop', exact: true }).click();
    await chat.page.getByText('the queue waits for you').waitFor();
  },
  editing: async ({ page, box }) => {
    await page.getByRole('button', { name: 'Remove this message' }).click();
    await box.focus();
    await page.keyboard.press('ArrowUp');
    await page.getByRole('status', { name: 'Editing' }).waitFor();
  },
  'an error in mid-answer': async ({ page, box }) => {
    await page.keyboard.press('Escape');
    await box.fill('/pace instant\n/fault exception throttlingException 60\n/long 300');
    await page.keyboard.press('Enter');
    await page.locator('[data-code="SB_THROTTLED"]').waitFor();
  },
  'an error before it': async ({ page, box }) => {
    await box.fill('/fault access');
    await page.keyboard.press('Enter');
    await page.locator('[data-code="SB_MODEL_ACCESS"]').waitFor();
  },
  'activity, with all that was': async ({ page }) => {
    await command(page, 'activity');
    await page.keyboard.press('Enter');
    await page.getByRole('main').locator('li[data-state="failed"]').first().waitFor();
  },
  'deleted, with the way back': async ({ page }) => {
    await page.keyboard.press('Escape');
    const opener = page.getByRole('button', { name: 'Show conversations' });
    const more = page.getByRole('button', { name: /^More for/ }).first();
    await opener.or(more).first().waitFor();
    if (await opener.isVisible()) await opener.click();
    await more.click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
  },
  'not there': async ({ page }) => {
    await page.keyboard.press('Escape');
    await page.evaluate(() => {
      location.hash = '#nobody-has-this';
    });
    await page.getByRole('alert').filter({ hasText: 'This conversation is not here' }).waitFor();
  },
};

describeWithChromium('every screen is accessible', () => {
  const chats = setUpChats();

  test.for([
    ['a desktop', {}],
    ['a phone', phone],
  ] as const)('on %s, in light and in dark', { timeout: 300_000 }, async ([, device]) => {
    await using line = await flakyLine(chats.server.url);
    await using chat = await chats.open({ ...device, server: line });
    const found: Record<string, readonly string[]> = {};
    for (const [name, go] of Object.entries(screens)) {
      await go(chat, line);
      for (const colorScheme of ['light', 'dark'] as const) {
        await chat.page.emulateMedia({ colorScheme });
        // What differs between the themes is their colours.
        const violations = await chat.violations(colorScheme === 'dark' ? 'color-contrast' : undefined);
        if (violations.length > 0) found[`${name}, ${colorScheme}`] = violations;
      }
    }
    expect(found).toEqual({});
  });
});

/** Opens the palette, and looks for something in it. */
async function command(page: Page, words: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await focused(page.getByRole('dialog', { name: 'Everything' }).getByRole('combobox'));
  await page.keyboard.type(words);
  await page.getByRole('option').first().waitFor();
}

/** Opens what the drawer shows, by the palette. */
async function open(page: Page, words: string, title: string): Promise<void> {
  const palette = page.getByRole('dialog', { name: 'Everything' });
  if ((await palette.count()) > 0) await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'detached' });
  await command(page, words);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: title }).waitFor();
}
