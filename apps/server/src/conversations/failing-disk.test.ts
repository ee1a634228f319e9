import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failing, type Script, say } from '@streambed/bedrock-emulator';
import type { ConversationPage, ConversationTree } from '@streambed/protocol/conversations';
import { expect, onTestFinished, test } from 'vitest';
import { ask, openFrameSocket, startGateway, stopOf } from '../../test/gateway.ts';
import { lockDatabase } from '../../test/lock-database.ts';

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-failing-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function read<T>(url: string, path = ''): Promise<{ status: number; body: T }> {
  const response = await fetch(`${url}/streambed/v1/conversations${path}`);
  return { status: response.status, body: (await response.json()) as T };
}

test('a database that can’t be written refuses what is to be kept, and nothing else; then it goes on', async () => {
  const dataDir = aFolder();
  await using gateway = await startGateway({ dataDir, emulator: { script: () => say('Yes.') } });
  await using client = await openFrameSocket(gateway);
  await using other = await openFrameSocket(gateway);
  client.send(ask('before', 'One', { conversation: 'c' }));
  await client.untilStop();
  {
    await using _locked = await lockDatabase(dataDir);
    client.send(ask('kept', 'Two', { conversation: 'd' }));
    other.send(ask('loose', 'Three'));
    expect(stopOf(await other.untilStop()).state).toBe('completed');
    expect((await client.until('rejected')).at(-1)).toMatchObject({
      error: { code: 'SB_STORE_FAILED', retryable: true },
    });
    const renamed = await fetch(`${gateway.url}/streambed/v1/conversations/c`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'no' }),
    });
    expect(renamed.status).toBe(503);
    expect((await read<ConversationPage>(gateway.url)).body.conversations).toMatchObject([
      { id: 'c', title: 'One' },
    ]);
  }
  client.send(ask('kept', 'Two', { conversation: 'd' }));
  expect(stopOf(await client.untilStop()).state).toBe('completed');
  expect((await read<ConversationTree>(gateway.url, '/d')).body.turns).toBe(2);
}, 40_000);

test('an answer that ends while nothing can be written is in its conversation as soon as something can', async () => {
  const dataDir = aFolder();
  const gate = Promise.withResolvers<void>();
  const script: Script = () =>
    failing(say(['All ', 'of ', 'it.']), { type: 'stall', after: 4, until: gate.promise });
  await using gateway = await startGateway({ dataDir, emulator: { script } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('q', 'Go', { conversation: 'c' }));
  await client.until('event');
  {
    await using _locked = await lockDatabase(dataDir);
    gate.resolve();
    expect(stopOf(await client.untilStop()).state).toBe('completed');
  }
  await expect
    .poll(async () => (await read<ConversationTree>(gateway.url, '/c')).body.tree.at(-1), { timeout: 15_000 })
    .toMatchObject({ answer: { state: 'completed', message: { content: [{ text: 'All of it.' }] } } });
}, 40_000);

test('where the log can’t be opened nothing of the question is kept, and its names are free', async () => {
  let fails = false;
  await using gateway = await startGateway({
    emulator: { script: () => say('Yes.') },
    tuning: {
      writeAt: async (file, bytes, position) => {
        if (fails) throw new Error('the disk is full');
        await file.write(bytes, 0, bytes.length, position);
      },
    },
  });
  await using client = await openFrameSocket(gateway);
  fails = true;
  client.send(ask('q', 'Go', { conversation: 'c', store: 'conversation' }));
  expect((await client.until('rejected')).at(-1)).toMatchObject({ error: { code: 'SB_STORE_FAILED' } });
  expect((await read<ConversationPage>(gateway.url)).body.conversations).toEqual([]);
  expect((await read<ConversationPage>(gateway.url, '?q=go')).body.conversations).toEqual([]);
  expect(gateway.emulator.requests).toHaveLength(0);
  // Who doesn't insist is answered, and has the answer in the conversation all the same: only the log is in memory.
  client.send(ask('q', 'Go', { conversation: 'c' }));
  const frames = await client.untilStop();
  expect(frames.find(({ type }) => type === 'accepted')).toMatchObject({ store: 'none', conversation: 'c' });
  expect(stopOf(frames).state).toBe('completed');
  expect((await read<ConversationTree>(gateway.url, '/c')).body).toMatchObject({
    turns: 2,
    title: 'Go',
    running: [],
  });
});

test('an answer that is erased is taken out of its conversation; its place stays', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say('A secret.') } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('q', 'Go', { conversation: 'c' }));
  const accepted = (await client.untilStop()).find(({ type }) => type === 'accepted');
  const generation = accepted?.type === 'accepted' ? accepted.generation : '';
  const erase = () => fetch(`${gateway.url}/streambed/v1/generations/${generation}`, { method: 'DELETE' });
  expect((await erase()).status).toBe(204);
  const { body } = await read<ConversationTree>(gateway.url, '/c');
  expect(body.tree.find(({ id }) => id === generation)).toMatchObject({ answer: { state: 'erased' } });
  expect(JSON.stringify(body)).not.toContain('secret');
  expect((await read<ConversationPage>(gateway.url, '?q=secret')).body.conversations).toEqual([]);
  client.send(ask('next', 'More', { parent: generation }));
  expect(stopOf(await client.untilStop()).state).toBe('completed');
  expect(JSON.parse(gateway.emulator.requests.at(-1)?.body ?? '').messages).toMatchObject([
    { role: 'user', content: [{ text: 'Go' }, { text: 'More' }] },
  ]);
});
