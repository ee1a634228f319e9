import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunningServer } from '../apps/server/src/server.ts';
import { describeWithChromium, launchChromium } from './support/chromium.ts';
import { root } from './support/root.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';

/** To the emulator: a made-up story of so many words, about a second's worth. */
const story = '/long 100';

/** The built page in a real browser, against the real server and the emulator at a model's pace. */
describeWithChromium('the chat', () => {
  let emulator: Emulator;
  let browser: Browser;
  /** A copy of the built page: somebody who builds meanwhile doesn't pull it away under the browser. */
  const page = mkdtempSync(join(tmpdir(), 'streambed-page-'));

  beforeAll(async () => {
    cpSync(join(root, 'dist', 'web'), page, { recursive: true });
    emulator = await startEmulator({
      pace: { firstTokenMs: 60, tokensPerSecond: 200, jitter: 0.2 },
      seed: 3,
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await emulator?.stop();
    rmSync(page, { recursive: true, force: true });
  });

  const start = (port = '0') =>
    startInProcess(upstreamAt(emulator.url, { argv: ['--port', port, '--web-dir', page] }));

  test('ask, and watch the answer stream in', async () => {
    await using server = await start();
    await using chat = await openChat(browser, server);
    await chat.ask(story);
    const steps = await chat.answered();
    expect(steps.length, `text lengths seen: ${steps.join(', ')}`).toBeGreaterThanOrEqual(2);
    expect(steps.at(-1)).toBeGreaterThan(steps[0] as number);
    expect(await chat.page.getByRole('article', { name: 'You' }).last().textContent()).toContain(story);
    expect(chat.complaints).toEqual([]);
  });

  test('switch the model: the other one answers', async () => {
    await using server = await start();
    await using chat = await openChat(browser, server);
    await chat.ask('Hello');
    await chat.answered();
    await chat.page.getByRole('combobox', { name: 'Model' }).click();
    await chat.page.getByRole('option', { name: /llama/i }).first().click();
    await chat.ask('Hello again');
    await chat.answered();
    expect(emulator.requests.map(({ path }) => path).at(-2)).toMatch(/claude/);
    expect(emulator.requests.map(({ path }) => path).at(-1)).toMatch(/llama/);
    expect(await chat.page.getByRole('article', { name: 'Answer' }).count()).toBe(2);
    expect(chat.complaints).toEqual([]);
  });

  test('switch streaming off: the answer comes all at once', async () => {
    await using server = await start();
    await using chat = await openChat(browser, server);
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
    await using server = await start();
    await using chat = await openChat(browser, server);
    await chat.ask('/long 2000');
    await chat.page.locator('[data-part="text"]').first().waitFor();
    await chat.page.getByRole('button', { name: 'Stop' }).click();
    await chat.answer().and(chat.page.locator('[data-state="cancelled"]')).waitFor();
    await emulator.idle();
    expect(emulator.open).toBe(0);
  });

  test('the light tells the truth: server down, and up again on the same port', async () => {
    const server = await start();
    const { port } = new URL(server.url);
    await using chat = await openChat(browser, server);
    await chat.light('Model Online');
    await server.stop();
    await chat.light('Model Offline');
    await using again = await start(port);
    expect(again.url).toBe(server.url);
    // It reconnects by itself; nobody reloads the page.
    await chat.light('Model Online');
    await chat.ask('Are you back?');
    await chat.answered();
    // What the browser itself says of connections that were refused is not the page's doing.
    expect(chat.complaints.filter((text) => !text.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });

  test.for(['light', 'dark'] as const)('has no accessibility violations in %s', async (colorScheme) => {
    await using server = await start();
    await using chat = await openChat(browser, server, colorScheme);
    expect(await violations(chat.page)).toEqual([]);
    await chat.ask('/markdown');
    await chat.answered();
    expect(await violations(chat.page), 'after an answer').toEqual([]);

    await chat.ask('/fault access');
    await chat.answer().getByRole('alert').waitFor();
    expect(await chat.answer().getByRole('alert').getAttribute('data-code')).toBe('SB_MODEL_ACCESS');
    expect(await violations(chat.page), 'after a failure').toEqual([]);

    await chat.page.getByRole('combobox', { name: 'Model' }).click();
    await chat.page.getByRole('option').first().waitFor();
    expect(await violations(chat.page), 'with the model picker open').toEqual([]);
    expect(chat.complaints).toEqual([]);
  });

  test('fits a phone: nothing is wider than the screen, and it works there', async () => {
    await using server = await start();
    await using chat = await openChat(browser, server);
    await chat.page.setViewportSize({ width: 360, height: 740 });
    await chat.ask('Show me a wide table and a long line of code.');
    await chat.answered();
    const overflow = await chat.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
  });
});

interface Chat extends AsyncDisposable {
  readonly page: Page;
  /** Errors in the console, script errors and violations of the content security policy. */
  readonly complaints: readonly string[];
  /** Types a question and sends it. */
  ask(question: string): Promise<void>;
  /** The last answer. */
  answer(): ReturnType<Page['locator']>;
  /** Waits until the last answer is complete; gives the lengths its text had, one after another. */
  answered(): Promise<readonly number[]>;
  /** Waits until the connection light says so. */
  light(text: string): Promise<void>;
}

async function openChat(
  browser: Browser,
  server: RunningServer,
  colorScheme?: 'light' | 'dark',
): Promise<Chat> {
  const context = await browser.newContext({ colorScheme: colorScheme ?? 'light' });
  const page = await context.newPage();
  // Below the test's own timeout, so that a failure names the step that hung.
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(watchText);
  await page.goto(server.url);
  await page.getByRole('status', { name: 'Connection' }).filter({ hasText: 'Model Online' }).waitFor();

  const answer = () => page.getByRole('article', { name: 'Answer' }).last();
  return {
    page,
    complaints,
    answer,
    async ask(question) {
      const before = await page.getByRole('article', { name: 'Answer' }).count();
      await page.evaluate(() => {
        (window as unknown as { lengths: number[] }).lengths.length = 0;
      });
      await page.getByRole('textbox', { name: 'Message' }).fill(question);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByRole('article', { name: 'Answer' }).nth(before).waitFor();
    },
    async answered() {
      await answer().and(page.locator('[data-state="completed"]')).waitFor();
      return page.evaluate(() => (window as unknown as { lengths: number[] }).lengths);
    },
    async light(text) {
      await page.getByRole('status', { name: 'Connection' }).filter({ hasText: text }).waitFor();
    },
    [Symbol.asyncDispose]: () => context.close(),
  };
}

/** Runs in the page: notes each new length of the last answer's text, so that no step between two looks is missed. */
function watchText(): void {
  const lengths: number[] = [];
  Object.assign(window, { lengths });
  new MutationObserver(() => {
    const answers = document.querySelectorAll(
      'article[aria-label="Answer"], [role="article"][aria-label="Answer"]',
    );
    const text = answers[answers.length - 1]?.querySelector('[data-part="text"]')?.textContent ?? '';
    if (text.length > (lengths.at(-1) ?? 0)) lengths.push(text.length);
  }).observe(document, { childList: true, subtree: true, characterData: true });
}

/** What axe-core finds wrong with the page as it stands: which rule, and where. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(
      // Base UI's focus guards are hidden and focusable on purpose: they hand the focus on.
      { exclude: [['[data-base-ui-focus-guard]']] },
      // An open list stands outside every landmark, as popups do (a best practice of axe, no rule of WCAG).
      { rules: { region: { enabled: document.querySelector('[role="listbox"]') === null } } },
    );
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary ?? ''}`),
    );
  });
}
