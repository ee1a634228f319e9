import { expect, test } from 'vitest';
import { focused, phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';
import { flakyLine } from './support/flaky-line.ts';
import { adminKey } from './support/keyed.ts';

const askOpenAi = (url: string, content: string, { headers, ...init }: RequestInit = {}) =>
  fetch(`${url}/v1/chat/completions`, {
    ...init,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(headers as Record<string, string>) },
    body: JSON.stringify({ model: 'anthropic', stream: true, messages: [{ role: 'user', content }] }),
  });

describeWithChromium('activity', () => {
  const chats = setUpChats();

  test('a call of a script shows up while it runs, with what it costs, can be looked into, and is stopped', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await page.getByRole('button', { name: 'Activity' }).click();
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    const main = page.getByRole('main');
    await main.getByText('Nothing is running.').waitFor();
    expect(await chat.violations(), 'empty').toEqual([]);
    const called = askOpenAi(chats.server.url, '/pace 60\n/long 4000').then((response) => response.text());
    const row = main.locator('li[data-state="running"]').filter({ hasText: 'OpenAI API' });
    await row.getByText('Writing').waitFor();
    await row.locator('[data-figure="tokens"]', { hasText: /≈ \d+/ }).waitFor();
    await row.locator('[data-figure="cost"]', { hasText: /≈ \$0\.\d{4}/ }).waitFor();
    await main.getByText('1 is running.').waitFor();
    await row.getByRole('button', { name: 'Look in' }).click();
    const peek = row.getByRole('region', { name: 'What it has written last' });
    await peek.getByText(/\w+ \w+/).waitFor();
    expect(await chat.violations()).toEqual([]);

    await row.getByRole('button', { name: 'Stop Claude Haiku 4.5' }).focus();
    await page.keyboard.press('Enter');
    await main.locator('li[data-state="cancelled"]').getByText('Stopped').waitFor();
    await main.getByText('Nothing is running.').waitFor();
    await called;
    expect(chat.complaints).toEqual([]);
  });

  test('it has an address: a reload returns, the way back leads to the conversation, and a row opens its own', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await chat.ask('/pace 30\n/long 4000');
    await page.waitForURL(/#\w/);
    const conversation = page.url();
    await page.getByRole('button', { name: 'Activity' }).click();
    await page.waitForURL(/#\/activity$/);
    await page.reload();
    const row = page.getByRole('main').locator('li[data-state="running"]');
    await row.getByRole('button', { name: 'Open the conversation' }).click();
    await chat.answer().and(page.locator('[aria-busy="true"]')).waitFor();
    await page.waitForURL(conversation);
    await page.goBack();
    await page.getByRole('heading', { name: 'Activity' }).waitFor();
    await page.keyboard.press('Escape');
    await chat.answer().and(page.locator('[aria-busy="true"]')).waitFor();
    await focused(chat.box);
    await page.keyboard.press('Escape');
    await chat.answer().and(page.locator('[data-state="cancelled"]')).waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('on a phone, in the dark, the palette and the settings open it: an answer of the page itself is there with its cost', async () => {
    await using chat = await chats.open({ ...phone, colorScheme: 'dark' });
    const { page } = chat;
    await chat.ask('/list');
    await chat.answered();
    await page.getByRole('button', { name: 'Everything' }).click();
    await page.getByRole('option', { name: 'Activity' }).click();
    const row = page.getByRole('main').locator('li[data-state="completed"]').first();
    await row.getByText('Streambed').waitFor();
    // Exact now: it is no estimate any more.
    await row.locator('[data-figure="cost"]', { hasText: /^Cost (?:< )?\$/ }).waitFor();
    await row.locator('[data-figure="tokens"]', { hasText: /^Tokens \d+ → \d+$/ }).waitFor();
    expect(await chat.violations()).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);

    await page.getByRole('button', { name: 'Back to the conversation' }).click();
    await chat.answer().waitFor();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Activity' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await row.waitFor();
    expect(chat.complaints).toEqual([]);
  });
});

describeWithChromium('activity, for who may only read', () => {
  const chats = setUpChats({ env: { STREAMBED_API_KEY: adminKey } });

  test('everything is seen, and that it can not be stopped is said in words', async () => {
    const { url } = chats.server;
    const post = async (path: string, key: string, body: object): Promise<Record<string, string>> => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await response.json()) as Record<string, string>;
    };
    const { token = '' } = await post('/streambed/v1/tokens', adminKey, {
      subject: 'reader',
      scope: { may: 'read' },
    });
    const { token: writer = '' } = await post('/streambed/v1/tokens', adminKey, { subject: 'reader' });
    // Behind a proxy that knows the reader: the page itself is signed in by keys alone, which may always generate.
    const upgradeHeader = `authorization: Bearer ${token}`;
    await using line = await flakyLine(url, { upgradeHeader });
    await using chat = await chats.open({
      server: line,
      ready: false,
      extraHTTPHeaders: { authorization: `Bearer ${token}` },
    });
    const { page } = chat;
    await chat.light('Model Online');
    await page.getByRole('button', { name: 'Activity' }).click();
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${writer}` };
    const called = askOpenAi(url, '/pace 40\n/long 4000', { headers, signal: leaving.signal });
    const row = page.getByRole('main').locator('li[data-state="running"]');
    await row.getByRole('button', { name: 'Stop Claude Haiku 4.5' }).click();
    await row.getByRole('alert').filter({ hasText: 'may read, and stop nothing' }).waitFor();
    expect(await chat.violations()).toEqual([]);
    await row.getByRole('button', { name: 'Look in' }).click();
    await row
      .getByRole('region', { name: 'What it has written last' })
      .getByText(/\w+ \w+/)
      .waitFor();
    expect((await called).status).toBe(200);
    leaving.abort();
  });
});
