import { expect, test } from 'vitest';
import { phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

/** Slow enough to do something meanwhile: about ten seconds. */
const slow = '/pace 30\n/long 250';

describeWithChromium('the composer', () => {
  const chats = setUpChats();

  test('a draft survives a reload, and is gone once it is sent', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    await box.fill('Half a thought');
    await page.reload();
    await expect.poll(() => box.inputValue()).toBe('Half a thought');
    await page.locator('button[aria-label="Send"]:enabled').waitFor();
    await page.keyboard.press('Enter');
    await chat.answered();
    await page.reload();
    await chat.light('Model Online');
    expect(await box.inputValue()).toBe('');
  });

  test('Enter sends, Shift and Enter starts a new line, and the other way round where that was chosen', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    await box.fill('One');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('two');
    await expect.poll(() => box.inputValue()).toBe('One\ntwo');
    await page.keyboard.press('Enter');
    await chat.answered();

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('radio', { name: /Ctrl Enter/ }).check({ force: true });
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('heading', { name: 'Settings' }).waitFor({ state: 'detached' });
    await box.fill('Three');
    await page.keyboard.press('Enter');
    await expect.poll(() => box.inputValue()).toBe('Three\n');
    await page.keyboard.press('Control+Enter');
    await page.getByRole('article', { name: 'You' }).nth(1).waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('what is sent before the models are known goes out once they are, unless one writes on', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    const asked = async (text: string, more: string) => {
      const list = Promise.withResolvers<void>();
      await page.route('**/streambed/v1/models', (route) => list.promise.then(() => route.continue()));
      await page.reload();
      await chat.light('Model Online');
      await box.fill(text);
      await page.keyboard.press('Enter');
      await page.keyboard.type(more);
      expect(await page.getByRole('article').count()).toBe(0);
      list.resolve();
      await page.unrouteAll({ behavior: 'wait' });
    };
    await asked('Too early', ', but');
    await page.locator('button[aria-label="Send"]:enabled').waitFor();
    expect(await page.getByRole('article').count()).toBe(0);
    await expect.poll(() => box.inputValue()).toBe('Too early, but');

    await asked('Sent early', '');
    await chat.answered();
    expect(await page.getByRole('article', { name: 'You' }).allTextContents()).toEqual([
      expect.stringContaining('Sent early'),
    ]);
    await expect.poll(() => box.inputValue()).toBe('');
  });

  test('a chosen model without a short name is asked, and no other, before all are known', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    const listed = await fetch(`${chats.server.url}/streambed/v1/models?include=catalogue`);
    const { catalogue } = (await listed.json()) as {
      catalogue: { models: { id: string; usable: boolean; aliases: string[]; family?: string }[] };
    };
    const chosen = catalogue.models.find(
      ({ id, usable, aliases }) => usable && aliases.length === 0 && /llama/.test(id),
    );
    await page.evaluate((model) => {
      localStorage.setItem('streambed.preferences', JSON.stringify({ model }));
    }, chosen?.id);
    const known = Promise.withResolvers<void>();
    await page.route('**/streambed/v1/models?include=catalogue', (route) =>
      known.promise.then(() => route.continue()),
    );
    await page.reload();
    await chat.light('Model Online');
    await box.fill('Who are you?');
    await page.keyboard.press('Enter');
    known.resolve();
    await chat.answered();
    expect(chats.emulator.requests.at(-1)?.modelId).toContain(chosen?.id);
  });

  test('messages wait in line while an answer is written: they can be changed, taken out, and go by themselves', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    await chat.ask(slow);
    const queue = page.getByRole('region', { name: 'Queue' });
    for (const text of ['First in line', 'Second in line', 'Third in line']) {
      await box.fill(text);
      await page.keyboard.press('Enter');
    }
    await expect
      .poll(() => queue.getByRole('listitem').allTextContents())
      .toEqual(['First in line', 'Second in line', 'Third in line']);

    // ↑ brings the last one back.
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => box.inputValue()).toBe('Third in line');
    await box.fill('');
    await queue
      .getByRole('listitem')
      .filter({ hasText: 'Second' })
      .getByRole('button', { name: 'Remove this message' })
      .click();
    await queue.getByText('Second in line').waitFor({ state: 'detached' });
    await queue.getByText('First in line').waitFor();

    await page.getByRole('article', { name: 'You' }).filter({ hasText: 'First in line' }).waitFor();
    await queue.waitFor({ state: 'detached' });
    await chat.answered();
    expect(await page.getByRole('article', { name: 'You' }).count()).toBe(2);
    expect(chat.complaints).toEqual([]);
  });

  test('a stopped answer holds the queue until somebody says to go on; it survives a reload', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    await chat.ask('/pace 30\n/long 4000');
    await page.locator('[data-part="text"]').first().waitFor();
    await box.fill('After that');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    const queue = page.getByRole('region', { name: 'Queue' });
    await queue.getByText('the queue waits for you').waitFor();
    await page.reload();
    await queue.getByText('After that').waitFor();
    await queue.getByRole('button', { name: 'Send next' }).click();
    await page.getByRole('article', { name: 'You' }).filter({ hasText: 'After that' }).waitFor();
    await queue.waitFor({ state: 'detached' });
    await chat.answered();
  });

  test('↑ edits the last message, Escape leaves it as it was, and sending asks it anew', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    await chat.ask('Say one thing');
    await chat.answered();
    await box.focus();
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => box.inputValue()).toBe('Say one thing');
    await page.getByRole('status', { name: 'Editing' }).waitFor();
    expect(await chat.violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => box.inputValue()).toBe('');

    await page.keyboard.press('ArrowUp');
    await box.fill('Say another thing');
    await page.getByRole('button', { name: 'Send as a new version' }).click();
    const questions = page.getByRole('article', { name: 'You' });
    await questions.filter({ hasText: 'Say another thing' }).waitFor();
    await chat.answered();
    await expect.poll(() => questions.count()).toBe(1);
  });

  test('a shorter message is a smaller box', async () => {
    await using chat = await chats.open();
    const { box } = chat;
    const height = async () => (await box.boundingBox())?.height ?? 0;
    const one = await height();
    await box.fill('1\n2\n3\n4\n5');
    await expect.poll(height).toBeGreaterThan(one * 2);
    await box.fill('x\n'.repeat(200));
    await expect.poll(height).toBeGreaterThan(one * 5);
    expect(await height()).toBeLessThan(400);
    await box.fill('');
    await expect.poll(height).toBe(one);
  });

  test('on a phone: it stands at the bottom, nothing is too wide, and the queue fits', async () => {
    await using chat = await chats.open({ ...phone, colorScheme: 'dark' });
    const { page, box } = chat;
    await chat.ask(slow);
    await box.fill(
      'A message that waits, long enough to be cut where the screen ends, and then some more of it',
    );
    await page.getByRole('button', { name: 'Add to the queue' }).tap();
    await page.getByRole('region', { name: 'Queue' }).waitFor();
    expect(await chat.violations()).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    const form = await page.locator('form').boundingBox();
    expect((form?.y ?? 0) + (form?.height ?? 0)).toBeGreaterThan(700);
  });
});
