import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../database.ts';
import { textSearch } from '../text-search.ts';

const one = { project: 'p', user: 'one' };
const two = { project: 'p', user: 'two' };

async function openSearch() {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-search-'));
  const database = await openDatabase({ dir, log: { info: () => {} } });
  return {
    dir,
    database,
    db: database.db,
    find: async (query: string, owner = one) => {
      const found = textSearch.matches(owner, query);
      if (found === undefined) return undefined;
      const { rows } = await sql<{ turn: string }>`select * from ${found} order by turn`.execute(database.db);
      return rows.map(({ turn }) => turn);
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

test('words are found by their beginnings, in any case, with or without accents, in any script', async () => {
  await using search = await openSearch();
  const texts = {
    a: 'The Café closes at nine.',
    b: 'const total = items.reduce((sum, x) => sum + x, 0)',
    c: '今日は天気がいいですね',
    d: 'Привет, мир',
  };
  for (const [turn, text] of Object.entries(texts)) {
    await textSearch.put(search.db, { owner: one, conversation: 'k', turn, text });
  }
  expect(await search.find('cafe')).toEqual(['a']);
  expect(await search.find('CLOS nine')).toEqual(['a']);
  expect(await search.find('reduce sum')).toEqual(['b']);
  expect(await search.find('天気')).toEqual(['c']);
  expect(await search.find('気天')).toEqual([]);
  expect(await search.find('прив')).toEqual(['d']);
  expect(await search.find('café, at!')).toEqual(['a']);
});

test('nothing that is typed is taken for a command of the search', async () => {
  await using search = await openSearch();
  await textSearch.put(search.db, { owner: one, conversation: 'k', turn: 'a', text: 'one NEAR two' });
  for (const query of [
    '"',
    '""',
    '*',
    'a OR',
    'NEAR(',
    'owner:x',
    '(',
    'x" OR text:"one',
    "';--",
    '^one',
    '-two',
  ]) {
    await search.find(query);
  }
  expect(await search.find(' ,.-!')).toBeUndefined();
  expect(await search.find('near two')).toEqual(['a']);
  expect(await search.find('owner : zzz')).toEqual([]);
});

test("nobody finds what is another's, and what is forgotten is on disk no more", async () => {
  await using search = await openSearch();
  await textSearch.put(search.db, { owner: one, conversation: 'k', turn: 'a', text: 'unrepeatable' });
  await textSearch.put(search.db, { owner: one, conversation: 'k', turn: 'b', text: 'ordinary' });
  expect(await search.find('unrepeatable', two)).toEqual([]);
  await textSearch.put(search.db, { owner: one, conversation: 'k', turn: 'a', text: 'replaced' });
  expect(await search.find('unrepeatable')).toEqual([]);
  expect(await search.find('replaced')).toEqual(['a']);
  await search.database.forgetJournal();
  const files = readdirSync(search.dir).map((name) => readFileSync(join(search.dir, name), 'latin1'));
  expect(files.some((content) => content.includes('unrepeatable'))).toBe(false);
  await textSearch.forget(search.db, one, 'k');
  expect(await search.find('ordinary')).toEqual([]);
});
