/**
 * Takes pictures of the page with the real server and its emulator: `node apps/web/scripts/screenshots.ts [folder] [only]`.
 * Alone it renews the README's, in `docs/images`; into a `folder` it takes every screen, on a desktop and a phone, in
 * light and dark; `only` picks by a part of the name. It builds nothing: run `vite build apps/web` first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = process.argv[2] ?? join(root, 'docs/images');
const only = process.argv[3] ?? (process.argv[2] === undefined ? 'chat' : '');

const devices: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};

const diagram = [
  '```mermaid',
  'flowchart LR',
  '  A[Bedrock] -->|bytes| B{Decoder}',
  '  B -->|events| C[Family]',
  '  C --> D[(Stream log)]',
  '  D --> E[Readers]',
  '```',
].join('\n');

/** What a picture shows: how to get there, from a fresh page. `chat` alone is the README's. */
const screens: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  welcome: async () => {},
  chat: async (page) => {
    const width = page.viewportSize()?.width ?? 0;
    if (width > 1_000) await page.setViewportSize({ width, height: 660 });
    await ask(page, 'Write a TypeScript function');
    await ended(page);
  },
  markdown: async (page) => {
    await ask(page, '/pace instant\n/markdown');
    await ended(page);
    await scrollTo(page, 0);
  },
  table: async (page) => {
    await ask(page, '/pace instant\n/markdown');
    await ended(page);
    await scrollTo(page, 0.5);
  },
  math: async (page) => {
    await ask(page, '/pace instant\n/math');
    await ended(page);
    await page.locator('.katex').first().waitFor();
  },
  diagram: async (page) => {
    await ask(page, `/pace instant\n/say How a token travels:\n\n${diagram}`);
    await ended(page);
    await page.locator('.diagram img').waitFor();
    await page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
  },
  versions: async (page) => {
    await ask(page, '/pace instant\n/list');
    await ended(page);
    await page.getByRole('button', { name: 'Answer again', exact: true }).click();
    await page.getByText('2 of 2').waitFor();
    await ended(page);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem').first().waitFor();
  },
  waiting: async (page) => {
    await ask(page, '/pace 20 60000\n/long 50');
    await page.locator('[data-state="waiting"]').waitFor();
  },
  streaming: async (page) => {
    await ask(page, '/pace 40\n/markdown');
    await page.getByRole('figure').first().waitFor();
  },
  thinking: async (page) => {
    await ask(page, 'Count to 30');
    await ended(page);
    await ask(
      page,
      '/pace instant\nShall I take an umbrella?\n/tool get_weather {"city": "Zürich", "unit": "celsius"}',
    );
    await ended(page);
  },
  stopped: async (page) => {
    await ask(page, '/pace 30\n/long 300');
    await page.locator('[data-part="text"]').waitFor();
    await page.waitForTimeout(1_500);
    await page.keyboard.press('Escape');
    await ended(page);
  },
  failed: async (page) => {
    await ask(page, '/pace instant\n/fault exception throttlingException 60\n/long 300');
    await ended(page);
  },
  refused: async (page) => {
    await ask(page, '/fault access');
    await ended(page);
  },
  models: async (page) => {
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('option').first().waitFor();
  },
};

async function ask(page: Page, prompt: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
  await page.keyboard.press('Enter');
}

async function ended(page: Page): Promise<void> {
  await page.locator('article[aria-label="Answer"][aria-busy="false"]').last().waitFor();
  await page.locator('article[aria-busy="true"]').waitFor({ state: 'detached' });
}

async function scrollTo(page: Page, part: number): Promise<void> {
  await page.locator('main').evaluate((main, at) => main.scrollTo(0, main.scrollHeight * at), part);
}

/** Starts the server on a free port; gives its process and its address. */
async function startServer(): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const server = spawn(
    process.execPath,
    [join(root, 'apps/server/src/main.ts'), '--port', '0', '--upstream', 'emulator'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    server.stdout.on('data', (chunk) => {
      said += String(chunk);
      const found = /http:\/\/\S+/.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    });
    server.once('exit', () => reject(new Error(`the server did not start: ${said}`)));
  });
  return { server, url };
}

async function stopServer(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exited = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGTERM');
  // A running answer would hold it; the second signal says that nobody waits for it.
  setTimeout(() => server.kill('SIGTERM'), 500).unref();
  await exited;
}

async function takeAll(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const quiet = [
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  const own = '/usr/bin/chromium';
  const browser = await chromium.launch({
    args: [...quiet, ...sandbox],
    ...(existsSync(own) && { executablePath: own }),
  });
  const { server, url } = await startServer();
  try {
    for (const [device, options] of Object.entries(devices)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const [screen, go] of Object.entries(screens)) {
          const plain = device === 'desktop' && colorScheme === 'light';
          const name = plain ? screen : `${screen}-${device}-${colorScheme}`;
          if (!name.includes(only)) continue;
          await take(name, go, { ...options, colorScheme });
        }
        const name = `offline-${device}-${colorScheme}`;
        if (name.includes(only)) await takeOffline(name, { ...options, colorScheme });
      }
    }
  } finally {
    await browser.close();
    await stopServer(server);
  }

  async function open(context: BrowserContextOptions, address = url): Promise<Page> {
    const page = await (await browser.newContext(context)).newPage();
    page.on('pageerror', (error) => console.error(error));
    await page.goto(address);
    await page.getByRole('combobox', { name: 'Model' }).waitFor();
    return page;
  }

  async function shoot(page: Page, name: string): Promise<void> {
    // Fonts, the colours of code and what opens: all of it has come by then.
    await page.waitForTimeout(700);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.context().close();
    console.log(name);
  }

  async function take(name: string, go: (page: Page) => Promise<void>, context: BrowserContextOptions) {
    const page = await open(context);
    await go(page);
    await shoot(page, name);
  }

  /** A server of its own, so that it can go away in mid-answer. */
  async function takeOffline(name: string, context: BrowserContextOptions): Promise<void> {
    const gone = await startServer();
    const page = await open(context, gone.url);
    await ask(page, '/pace 30\n/long 300');
    await page.locator('[data-part="text"]').waitFor();
    await page.waitForTimeout(1_500);
    gone.server.kill('SIGKILL');
    await page.getByRole('status', { name: 'Connection' }).getByText('Model Offline').waitFor();
    await shoot(page, name);
  }
}

await takeAll();
