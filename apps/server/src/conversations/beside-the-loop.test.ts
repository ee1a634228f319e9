import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../database/database.ts';
import { textSearch } from '../database/text-search.ts';
import { accept } from './accept.ts';
import { treeChange } from './changes.ts';
import { Conversations } from './conversations.ts';
import { defaultConversationLimits as limits } from './limits.ts';
import { listConversations } from './listing.ts';
import { conversationTree, turnIn } from './tree.ts';

const owner = { project: 'p', user: 'u' };
const said = ['The stream runs.', 'A strong tea', 'Thé vert', 'tokens, one by one', '小川が流れる', 'x = 1'];

/** Six short conversations, and a long one. */
async function openSome() {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-beside-'));
  const database = await openDatabase({ dir, log: { info: () => {} } });
  const ask = async (conversation: string, prompts: readonly string[]) => {
    const messages = prompts.map((content) => ({ role: 'user' as const, content }));
    const settings = { model: 'm' };
    const generation = `gen_${conversation}` as Parameters<typeof accept>[1]['generation'];
    const place = { owner, conversation, generation, model: 'm', settings, branch: false, at: 1 };
    await accept(database.db, { ...place, messages }, limits);
  };
  for (const [index, text] of said.entries()) await ask(`c${index}`, [text, `turn ${index}`]);
  await ask(
    'long',
    Array.from({ length: 250 }, (_, index) => `question ${index}`),
  );
  return {
    database,
    conversations: new Conversations(database, limits),
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function read(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}

test('the thread finds what the event loop would, in the same order and words', async () => {
  await using some = await openSome();
  const { database, conversations } = some;
  for (const query of [
    't',
    'th',
    'the',
    'T',
    's',
    'q',
    'turn 3',
    '川',
    'x',
    'thé',
    'question 24',
    'nothing',
    '!',
  ]) {
    for (const limit of [2, 50]) {
      const asked = { query, limit };
      const expected = await listConversations(database.db, owner, asked, limits.undoMs);
      expect(await conversations.list(owner, asked)).toEqual(JSON.parse(JSON.stringify(expected)));
      if (expected.next === undefined) continue;
      const next = { ...asked, before: expected.next };
      expect(await conversations.list(owner, next)).toEqual(
        JSON.parse(JSON.stringify(await listConversations(database.db, owner, next, limits.undoMs))),
      );
    }
  }
  expect((await conversations.list(owner, { query: 't' })).conversations.length).toBeGreaterThan(3);
  expect(await conversations.list({ project: 'p', user: 'v' }, { query: 't' })).toMatchObject({
    conversations: [],
  });
});

test('a long conversation is the same, whoever reads it', async () => {
  await using some = await openSome();
  const { db } = some.database;
  const { conversations } = some;
  const tree = await conversationTree(db, owner, 'long', 0, limits.undoMs);
  expect(tree.turns).toBeGreaterThan(200);
  expect(read(await conversations.tree(owner, 'long'))).toEqual(JSON.parse(JSON.stringify(tree)));
  const turn = tree.tree[7]?.id ?? '';
  expect(read(await conversations.turn(owner, 'long', turn))).toEqual(await turnIn(db, owner, 'long', turn));
  const change = await treeChange(db, owner, 'long', undefined, limits.undoMs);
  const watching = new AbortController();
  for await (const seen of conversations.watchTree(owner, 'long', undefined, watching.signal)) {
    expect(seen).toEqual(JSON.parse(JSON.stringify(change)));
    break;
  }
  await expect(conversations.turn(owner, 'long', 'none')).rejects.toMatchObject({ code: 'SB_NOT_FOUND' });
  const gone = AbortSignal.abort(new Error('left'));
  await expect(conversations.tree(owner, 'long', 0, gone)).rejects.toThrow('left');
});

test('what was written down before short searches were fast is found by them too', async () => {
  await using some = await openSome();
  const { db } = some.database;
  const words = () => sql<{ rowid: number; text: string }>`select rowid, text from search_text`.execute(db);
  const before = await words();
  await textSearch.indexBeginnings(db);
  expect((await words()).rows).toEqual(before.rows);
  expect((await some.conversations.list(owner, { query: 's' })).conversations.map(({ id }) => id)).toEqual([
    'c1',
    'c0',
  ]);
});
