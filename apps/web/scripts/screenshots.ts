/**
 * Takes pictures of the page with the real server and its emulator: `node apps/web/scripts/screenshots.ts [folder] [only]`.
 * Alone it renews the README's, in `docs/images`; into a `folder` it takes every screen, on a desktop and a phone, in
 * light and dark; `only` picks by parts of the name, with commas between. It builds nothing: run `vite build apps/web` first.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { compareScreens } from './compare-screens.ts';
import { doorScreens, moreScreens, pictureKey } from './more-screens.ts';
import { startPictureServer } from './picture-server.ts';
import { ask, screens, titles } from './screens.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = process.argv[2] ?? join(root, 'docs/images');
const only = process.argv[3] ?? (process.argv[2] === undefined ? 'chat' : '');

const wanted = (name: string) => only.split(',').some((part) => name.includes(part));

const devices: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 2 },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};

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
  await using pictured = await startPictureServer();
  await using keyed = await startPictureServer(pictureKey);
  const { url } = pictured;
  try {
    for (const [device, options] of Object.entries(devices)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        for (const [screen, go] of Object.entries({ ...screens, ...compareScreens, ...moreScreens })) {
          const plain = device === 'desktop' && colorScheme === 'light';
          const name = plain ? screen : `${screen}-${device}-${colorScheme}`;
          if (wanted(name)) await take(name, screen, go, { ...options, colorScheme });
        }
        for (const [screen, go] of Object.entries(doorScreens)) {
          const name = `${screen}-${device}-${colorScheme}`;
          if (wanted(name)) await takeAtDoor(name, go, { ...options, colorScheme });
        }
        const name = `offline-${device}-${colorScheme}`;
        if (wanted(name)) await takeOffline(name, { ...options, colorScheme });
      }
    }
  } finally {
    await browser.close();
  }

  async function open(context: BrowserContextOptions, address: string): Promise<Page> {
    const page = await (await browser.newContext(context)).newPage();
    page.on('pageerror', (error) => console.error(error));
    await page.goto(address);
    return page;
  }

  async function openChat(context: BrowserContextOptions, address = url): Promise<Page> {
    const page = await open(context, address);
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

  async function take(
    name: string,
    screen: string,
    go: (page: Page) => Promise<void>,
    context: BrowserContextOptions,
  ) {
    const page = await openChat(context);
    let id = '';
    page.on('framenavigated', (frame) => {
      const [, named] = /^#([\w-]+)(?:\/|$)/.exec(new URL(frame.url()).hash) ?? [];
      id = named ?? id;
    });
    await go(page);
    const at = new URL(`streambed/v1/conversations/${id}`, url);
    const title = titles[screen];
    if (id !== '' && title !== undefined) {
      const headers = { 'content-type': 'application/json' };
      await fetch(at, { method: 'PATCH', headers, body: JSON.stringify({ title }) });
    }
    await shoot(page, name);
    // The next picture shows the same list.
    if (id !== '') await fetch(`${at}?erase=1`, { method: 'DELETE' });
  }

  /** Nothing of the page is there before somebody has signed in. */
  async function takeAtDoor(
    name: string,
    go: (page: Page) => Promise<void>,
    context: BrowserContextOptions,
  ): Promise<void> {
    const page = await open(context, keyed.url);
    await page.getByLabel('Key').waitFor();
    await go(page);
    await shoot(page, name);
  }

  /** A server of its own, so that it can go away in mid-answer. */
  async function takeOffline(name: string, context: BrowserContextOptions): Promise<void> {
    await using gone = await startPictureServer();
    const page = await openChat(context, gone.url);
    await ask(page, '/pace 30\n/long 300');
    await page.locator('[data-part="text"]').waitFor();
    await page.waitForTimeout(1_500);
    gone.process.kill('SIGKILL');
    await page.getByRole('status', { name: 'Connection' }).getByText('Model Offline').waitFor();
    await shoot(page, name);
  }
}

await takeAll();
