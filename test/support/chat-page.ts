import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@streambed/bedrock-emulator';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { RunningServer } from '../../apps/server/src/server.ts';
import { launchChromium } from './chromium.ts';
import { root } from './root.ts';
import { type ServerSettings, startInProcess, upstreamAt } from './servers.ts';

/** What the tests of the page share: one browser, one emulator at a model's pace, and a server. */
export interface Chats {
  readonly emulator: Emulator;
  readonly browser: Browser;
  /** The one that tests use that don't stop it. */
  readonly server: RunningServer;
  /** Another one, for a test that does; `flags` are more of them. */
  start(port?: string, flags?: readonly string[]): Promise<RunningServer>;
  /** As it starts where there is no account: with the demo model inside. */
  startDemo(): Promise<RunningServer>;
  /** The page in a context of its own: nothing kept by an earlier test is there. */
  open(options?: OpenOptions): Promise<Chat>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Where the page is opened; a line that leads to a server will do. */
  readonly server?: Pick<RunningServer, 'url'>;
  /** A page beside another one, of the same browser session. */
  readonly beside?: Chat;
  /** false: nobody is signed in, so it does not connect. */
  readonly ready?: boolean;
}

/** One open page. As it ends it fails a test in which the page's own policy was violated. */
export interface Chat extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors in the console, script errors and violations of the content security policy. */
  readonly complaints: readonly string[];
  readonly box: Locator;
  /** Types a question and sends it. */
  ask(question: string): Promise<void>;
  /** The last answer. */
  answer(): Locator;
  /** Waits until the last answer is complete; gives the lengths its text had, one after another. */
  answered(): Promise<readonly number[]>;
  /** Waits until the connection light says so. */
  light(text: string): Promise<void>;
  /** What axe-core finds wrong with the page as it stands, by one rule or by all: which rule, and where. */
  violations(rule?: string): Promise<readonly string[]>;
}

export const phone: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  isMobile: true,
  hasTouch: true,
};

/** Waits until it has the focus: what is typed goes there from then on. */
export async function focused(target: Locator): Promise<void> {
  await target.and(target.page().locator(':focus')).waitFor();
}

/** Sets up what a suite of the page needs, and takes it down after it. Call it inside of `describe`. */
export function setUpChats({ env = {} }: Pick<ServerSettings, 'env'> = {}): Chats {
  let emulator: Emulator;
  let browser: Browser;
  let server: RunningServer;
  /** A copy of the built page: somebody who builds meanwhile doesn't pull it away under the browser. */
  const web = mkdtempSync(join(tmpdir(), 'streambed-page-'));

  const start = (port = '0', flags: readonly string[] = []) =>
    startInProcess(upstreamAt(emulator.url, { argv: ['--port', port, '--web-dir', web, ...flags], env }));

  beforeAll(async () => {
    cpSync(join(root, 'dist', 'web'), web, { recursive: true });
    emulator = await startEmulator({
      pace: { firstTokenMs: 60, tokensPerSecond: 200, jitter: 0.2 },
      seed: 3,
    });
    // A turn of the wheel moves the view at once, so that where it stands then is where it stays.
    [browser, server] = await Promise.all([launchChromium(['--disable-smooth-scrolling']), start()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await emulator?.stop();
    rmSync(web, { recursive: true, force: true });
  });
  return {
    get emulator() {
      return emulator;
    },
    get browser() {
      return browser;
    },
    get server() {
      return server;
    },
    start,
    startDemo: () => startInProcess({ argv: ['--upstream', 'emulator', '--web-dir', web] }),
    open: (options) => openChat(browser, { server, ...options }),
  };
}

async function openChat(
  browser: Browser,
  { server, beside, ready = true, ...options }: OpenOptions & Required<Pick<OpenOptions, 'server'>>,
): Promise<Chat> {
  const context = beside?.context ?? (await browser.newContext({ colorScheme: 'light', ...options }));
  const page = await context.newPage();
  // Below the test's own timeout, so that a failure names the step that hung.
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  const refused: string[] = [];
  page.on('console', (message) => {
    // The frame that draws diagrams has a policy of its own, which stops what a diagram tries.
    if (/Content.Security.Policy/i.test(message.text()) && !message.location().url.includes('/diagrams/'))
      refused.push(message.text());
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || /Content.Security.Policy/i.test(message.text()))
      complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.addInitScript(watchText);
  await page.goto(server.url);
  const light = (text: string) =>
    page.getByRole('status', { name: 'Connection' }).filter({ hasText: text }).waitFor();
  if (ready) await light('Model Online');

  const box = page.getByRole('textbox', { name: 'Message' });
  const answer = () => page.getByRole('article', { name: 'Answer' }).last();
  return {
    page,
    context,
    complaints,
    box,
    answer,
    light,
    async ask(question) {
      const before = await page.getByRole('article', { name: 'Answer' }).count();
      await page.evaluate(() => {
        (window as unknown as { lengths: number[] }).lengths.length = 0;
      });
      await box.fill(question);
      await page.getByRole('button', { name: 'Send', exact: true }).click();
      await page.getByRole('article', { name: 'Answer' }).nth(before).waitFor();
    },
    async answered() {
      await answer().and(page.locator('[data-state="completed"]')).waitFor();
      return page.evaluate(() => (window as unknown as { lengths: number[] }).lengths);
    },
    violations: (rule) => violations(page, rule),
    async [Symbol.asyncDispose]() {
      await (beside === undefined ? context.close() : page.close());
      if (refused.length > 0) throw new Error(`The page's policy was violated: ${refused.join('\n')}`);
    },
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

async function violations(page: Page, rule?: string): Promise<readonly string[]> {
  // What opens is looked at once it stands: half-way it is half transparent.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
        .map(({ finished }) => finished),
    ).then(() => undefined),
  );
  await page.evaluate(axe.source);
  return page.evaluate(async (only) => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(
      // Base UI's focus guards are hidden and focusable on purpose: they hand the focus on.
      { exclude: [['[data-base-ui-focus-guard]']] },
      // What floats stands outside every landmark, as popups do (a best practice of axe, no rule of WCAG).
      {
        ...(only !== undefined && { runOnly: [only] }),
        rules: { region: { enabled: document.querySelector('[role="dialog"]') === null } },
      },
    );
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary ?? ''}`),
    );
  }, rule);
}
