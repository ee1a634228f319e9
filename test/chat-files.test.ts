import { crc32, deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type Chat, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

describeWithChromium('files', () => {
  const chats = setUpChats();

  test('an image and a document go with a question, and the model sees them', async () => {
    await using chat = await chats.open();
    await choose(chat.page, [
      { name: 'stone.png', mimeType: 'image/png', buffer: png(8, 8) },
      { name: 'notes.md', mimeType: '', buffer: Buffer.from('# Notes\n\nWater is wet.') },
    ]);
    const files = chat.page.getByRole('list', { name: 'Files' });
    await files.locator('[data-attachment="ready"]').nth(1).waitFor();
    expect(await chat.violations()).toEqual([]);
    await chat.ask('What are these?');
    await files.waitFor({ state: 'detached' });
    await chat.answered();
    const body = lastBody();
    expect(body).toContain('"media_type":"image/png"');
    expect(body).toContain('Water is wet.');
    expect(chat.complaints).toEqual([]);
  });

  test('paste and drop bring files too, and one can be taken out again', async () => {
    await using chat = await chats.open();
    const { page, box } = chat;
    const picture = png(4, 4).toString('base64');
    for (const type of ['paste', 'drop']) {
      await box.evaluate(
        (element, [how, base64]) => {
          const bytes = Uint8Array.from(atob(String(base64)), (letter) => letter.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], `${how}.png`, { type: 'image/png' }));
          const event =
            how === 'paste'
              ? new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true })
              : new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true });
          element.dispatchEvent(event);
        },
        [type, picture],
      );
    }
    const files = page.getByRole('list', { name: 'Files' }).locator('[data-attachment="ready"]');
    await files.nth(1).waitFor();
    await page.getByRole('button', { name: 'Remove paste.png' }).click();
    await expect.poll(() => files.count()).toBe(1);
  });

  test('what a model can not take is refused before it is sent, with the remedy', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await choose(page, [
      { name: 'stone.png', mimeType: 'image/png', buffer: png(8, 8) },
      { name: 'archive.zip', mimeType: 'application/zip', buffer: Buffer.from([80, 75, 3, 4, 0, 255]) },
      { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
      { name: 'long.csv', mimeType: 'text/csv', buffer: Buffer.alloc(5 * 1024 * 1024, 'a,b\n') },
    ]);
    const refused = page.locator('[data-attachment="refused"]');
    await refused.nth(2).waitFor();
    await refused.filter({ hasText: 'No model reads this kind of file' }).waitFor();
    await refused.filter({ hasText: 'This file is empty' }).waitFor();
    await refused.filter({ hasText: "5.0 MB is over Bedrock's 4.5 MB" }).waitFor();
    const send = page.getByRole('button', { name: 'Send', exact: true });
    await chat.box.fill('What are these?');
    await expect.poll(() => send.isDisabled()).toBe(true);
    for (const name of ['archive.zip', 'empty.txt', 'long.csv'])
      await page.getByRole('button', { name: `Remove ${name}` }).click();
    await expect.poll(() => send.isEnabled()).toBe(true);

    // Another model doesn't see images: said at once, and nothing was sent meanwhile.
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page
      .getByRole('option', { name: /llama3/ })
      .first()
      .click();
    await refused.filter({ hasText: 'does not see images' }).waitFor();
    await expect.poll(() => send.isDisabled()).toBe(true);
    expect(await chat.violations()).toEqual([]);
    expect(await page.getByRole('article', { name: 'You' }).count()).toBe(0);
  });

  test('a picture that is too large is made smaller, and more than a frame holds goes by POST', async () => {
    await using chat = await chats.open();
    const posted: string[] = [];
    chat.page.on('request', (request) => {
      if (request.method() === 'POST') posted.push(new URL(request.url()).pathname);
    });
    await choose(chat.page, [
      { name: 'huge.png', mimeType: 'image/png', buffer: png(8_400, 20) },
      { name: 'book.txt', mimeType: 'text/plain', buffer: Buffer.alloc(1_500_000, 'word ') },
    ]);
    await chat.page.locator('[data-attachment="ready"]').nth(1).waitFor();
    await chat.page.getByText('Made smaller to fit: 8400 × 20').waitFor();
    await chat.ask('Read this');
    await chat.answer().and(chat.page.locator('[aria-busy="false"]')).waitFor();
    expect(posted).toContain('/streambed/v1/generations');
  });

  test('files of a draft survive a reload, and go once it is sent or its conversation is deleted', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    const files = page.getByRole('list', { name: 'Files' }).locator('[data-attachment="ready"]');
    await choose(page, [
      { name: 'stone.png', mimeType: 'image/png', buffer: png(8, 8) },
      { name: 'notes.md', mimeType: '', buffer: Buffer.from('Water is wet.') },
    ]);
    await files.nth(1).waitFor();
    await keptDrafts(page, 1);
    await page.reload();
    await files.nth(1).waitFor();
    await files.filter({ hasText: 'stone.png' }).locator('img').waitFor();
    await chat.light('Model Online');
    await chat.ask('What are these?');
    await chat.answered();
    expect(lastBody()).toContain('Water is wet.');
    await keptDrafts(page, 0);
    await page.reload();
    await chat.light('Model Online');
    expect(await files.count()).toBe(0);

    await choose(page, [{ name: 'more.md', mimeType: '', buffer: Buffer.from('Stone is hard.') }]);
    await keptDrafts(page, 1);
    const row = page.getByRole('listitem').filter({ has: page.locator('[aria-current="page"]') });
    await row.hover();
    await row.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await keptDrafts(page, 0);
    expect(chat.complaints).toEqual([]);
  });

  test('of drafts with files the oldest are forgotten first, and an edit leaves what was attached as it was', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await chat.ask('One');
    await chat.answered();
    await page.evaluate(putDrafts);
    await choose(page, [{ name: 'mine.md', mimeType: '', buffer: Buffer.from('Mine.') }]);
    const kept = await keptDrafts(page, 20);
    expect(kept).not.toContain('of two weeks ago');
    expect(kept).not.toContain('draft 0');
    expect(kept).toContain('draft 20');

    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const files = page.getByRole('list', { name: 'Files' });
    await files.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Leave as it was' }).click();
    await files.getByText('mine.md').waitFor();
  });

  const lastBody = () => chats.emulator.requests.at(-1)?.body ?? '';
});

type ChosenFiles = Extract<Parameters<ReturnType<Page['locator']>['setInputFiles']>[0], readonly unknown[]>;

async function choose(page: Chat['page'], files: ChosenFiles): Promise<void> {
  await page.locator('#choose-files').setInputFiles(files);
}

/** Waits until drafts with files are kept, so many; gives their names. */
async function keptDrafts(page: Page, count: number): Promise<readonly string[]> {
  const names = await page.waitForFunction(async (wanted) => {
    const opening = indexedDB.open('streambed');
    await new Promise((resolve) => opening.addEventListener('success', resolve));
    const database = opening.result;
    const reading = database.transaction('draft-files').objectStore('draft-files').getAllKeys();
    await new Promise((resolve) => reading.addEventListener('success', resolve));
    database.close();
    return reading.result.length === wanted ? { names: reading.result.map(String) } : undefined;
  }, count);
  return (await names.jsonValue())?.names ?? [];
}

/** Runs in the page: drafts of other conversations, as earlier visits have left them. */
async function putDrafts(): Promise<void> {
  const opening = indexedDB.open('streambed');
  await new Promise((resolve) => opening.addEventListener('success', resolve));
  const writing = opening.result.transaction('draft-files', 'readwrite');
  const minute = 60_000;
  const put = (id: string, minutesAgo: number) =>
    writing
      .objectStore('draft-files')
      .put({ id, at: Date.now() - minutesAgo * minute, characters: 10, files: [] });
  put('of two weeks ago', 15 * 24 * 60);
  for (let number = 0; number <= 20; number += 1) put(`draft ${number}`, 100 - number);
  await new Promise((resolve) => writing.addEventListener('complete', resolve));
  opening.result.close();
}

/** A grey picture of that size. */
function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height, 0x80);
  for (let row = 0; row < height; row += 1) rows[row * (width + 1)] = 0;
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
