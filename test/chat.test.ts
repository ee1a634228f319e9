import { expect, test } from 'vitest';
import { phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

/** To the emulator: a made-up story of so many words, about a second's worth. */
const story = '/long 100';

/** The built page in a real browser, against the real server and the emulator at a model's pace. */
describeWithChromium('the chat', () => {
  const chats = setUpChats();

  test('ask, and watch the answer stream in', async () => {
    await using chat = await chats.open();
    await chat.ask(story);
    const steps = await chat.answered();
    expect(steps.length, `text lengths seen: ${steps.join(', ')}`).toBeGreaterThanOrEqual(2);
    expect(steps.at(-1)).toBeGreaterThan(steps[0] as number);
    expect(await chat.page.getByRole('article', { name: 'You' }).last().textContent()).toContain(story);
    expect(chat.complaints).toEqual([]);
  });

  test('switch the model: the other one answers', async () => {
    await using chat = await chats.open();
    await chat.ask('Hello');
    await chat.answered();
    await chat.page.getByRole('combobox', { name: 'Model' }).click();
    await chat.page.getByRole('option', { name: /llama/i }).first().click();
    await chat.ask('Hello again');
    await chat.answered();
    expect(chats.emulator.requests.map(({ path }) => path).at(-2)).toMatch(/claude/);
    expect(chats.emulator.requests.map(({ path }) => path).at(-1)).toMatch(/llama/);
    expect(await chat.page.getByRole('article', { name: 'Answer' }).count()).toBe(2);
    expect(chat.complaints).toEqual([]);
  });

  test('switch streaming off: the answer comes all at once', async () => {
    await using chat = await chats.open();
    const stream = chat.page.getByRole('switch', { name: 'Stream' });
    expect(await stream.getAttribute('aria-checked')).toBe('true');
    await stream.click();
    expect(await stream.getAttribute('aria-checked')).toBe('false');
    await chat.ask(story);
    const steps = await chat.answered();
    expect(steps).toHaveLength(1);
    expect(steps[0]).toBeGreaterThan(20);
    expect(chat.complaints).toEqual([]);
  });

  test('stop: the answer ends where it is, and so does the upstream request', async () => {
    await using chat = await chats.open();
    await chat.ask('/long 2000');
    await chat.page.locator('[data-part="text"]').first().waitFor();
    await chat.page.getByRole('button', { name: 'Stop' }).click();
    await chat.answer().and(chat.page.locator('[data-state="cancelled"]')).waitFor();
    await chats.emulator.idle();
    expect(chats.emulator.open).toBe(0);
  });

  test('the light tells the truth: server down, and up again on the same port', async () => {
    const server = await chats.start();
    const { port } = new URL(server.url);
    await using chat = await chats.open({ server });
    await chat.light('Model Online');
    await server.stop();
    await chat.light('Model Offline');
    await using again = await chats.start(port);
    expect(again.url).toBe(server.url);
    // It reconnects by itself; nobody reloads the page.
    await chat.light('Model Online');
    await chat.ask('Are you back?');
    await chat.answered();
    // What the browser itself says of connections that were refused is not the page's doing.
    expect(chat.complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });

  test.for(['light', 'dark'] as const)('has no accessibility violations in %s', async (colorScheme) => {
    await using chat = await chats.open({ colorScheme });
    expect(await chat.violations()).toEqual([]);
    await chat.ask('/markdown');
    await chat.answered();
    expect(await chat.violations(), 'after an answer').toEqual([]);

    await chat.ask('/fault access');
    await chat.answer().getByRole('alert').waitFor();
    expect(await chat.answer().getByRole('alert').getAttribute('data-code')).toBe('SB_MODEL_ACCESS');
    expect(await chat.violations(), 'after a failure').toEqual([]);

    await chat.page.getByRole('combobox', { name: 'Model' }).click();
    await chat.page.getByRole('option').first().waitFor();
    expect(await chat.violations(), 'with the model picker open').toEqual([]);
    expect(chat.complaints).toEqual([]);
  });

  test('fits a phone: nothing is wider than the screen, and it works there', async () => {
    await using chat = await chats.open(phone);
    await chat.ask('Show me a wide table and a long line of code.');
    await chat.answered();
    const overflow = await chat.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
  });
});
