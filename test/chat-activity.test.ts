import { expect, test } from 'vitest';
import { phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

describeWithChromium('activity', () => {
  const chats = setUpChats();

  const askOpenAi = (content: string) =>
    fetch(`${chats.server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'anthropic', stream: true, messages: [{ role: 'user', content }] }),
    });

  test('a call of a script shows up while it runs, can be looked into, and is stopped', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await page.getByRole('button', { name: 'Activity' }).click();
    const panel = page.getByRole('complementary', { name: 'Activity' });
    await panel.getByText('Nothing is running.').waitFor();
    const called = askOpenAi('/pace 60\n/long 4000').then((response) => response.text());
    const row = panel.locator('li[data-state="running"]').filter({ hasText: 'OpenAI API' });
    await row.getByText('Writing').waitFor();
    await row.getByText(/≈ \d+/).waitFor();
    await panel.getByText('1 is running.').waitFor();
    await row.getByRole('button', { name: 'Look in' }).click();
    const peek = row.getByRole('region', { name: 'What it has written last' });
    await peek.getByText(/\w+ \w+/).waitFor();
    expect(await chat.violations()).toEqual([]);

    await row.getByRole('button', { name: 'Stop anthropic' }).focus();
    await page.keyboard.press('Enter');
    await panel.locator('li[data-state="cancelled"]').getByText('Stopped').waitFor();
    await panel.getByText('Nothing is running.').waitFor();
    await called;
    expect(chat.complaints).toEqual([]);
  });

  test('on a phone, in the dark, the palette opens it: an answer of the page itself is there with its cost', async () => {
    await using chat = await chats.open({ ...phone, colorScheme: 'dark' });
    const { page } = chat;
    await chat.ask('/list');
    await chat.answered();
    await page.getByRole('button', { name: 'Everything' }).click();
    await page.getByRole('option', { name: 'Activity' }).click();
    const row = page.getByRole('dialog', { name: 'Activity' }).locator('li[data-state="completed"]').first();
    await row.getByText('Streambed').waitFor();
    await row.getByText('$').waitFor();
    expect(await chat.violations()).toEqual([]);
    expect(chat.complaints).toEqual([]);
  });
});
