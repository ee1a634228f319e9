import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { lockDatabase } from '../../test/lock-database.ts';
import { type OpenDatabase, openDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import { NodeSqliteDialect } from './sqlite/dialect.ts';
import type { Tables } from './tables.ts';

const log = { info: () => {} };
const one = { project: 'p', user: 'one' };

function folder(): { readonly dir: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-database-'));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

function conversation(id: string, title = ''): Tables['conversation'] {
  const times = { created_at: 1, updated_at: 1, deleted_at: null, erased_at: null };
  return { ...one, id, title, pinned: 0, leaf: null, ...times, rev: 1, turns: 0, size: 0 };
}

async function titles({ db }: OpenDatabase): Promise<readonly string[]> {
  const rows = await db.selectFrom('conversation').select('title').orderBy('id').execute();
  return rows.map(({ title }) => title);
}

test('what was committed is there when it is opened again, and nobody else may read the file', async () => {
  using at = folder();
  {
    await using database = await openDatabase({ dir: at.dir, log });
    await database.db.insertInto('conversation').values(conversation('a', 'kept')).execute();
  }
  await using again = await openDatabase({ dir: at.dir, log });
  expect(await titles(again)).toEqual(['kept']);
  expect(readdirSync(at.dir).filter((name) => name.includes('before'))).toEqual([]);
});

test('a step forward leaves a copy of how it was; a failing one leaves everything as it was', async () => {
  using at = folder();
  await (await openDatabase({ dir: at.dir, log }))[Symbol.asyncDispose]();
  const path = join(at.dir, 'streambed.db');
  const { migrations } = await import('./migrations/index.ts');
  const step = async (up: (db: Kysely<unknown>) => Promise<void>) => {
    const dialect = new NodeSqliteDialect({ path, maxBytes: 1e8 });
    const db = new Kysely<Tables>({ dialect });
    const steps = { ...migrations, '9999-later': { up } };
    try {
      await migrate({ db, dialect, path, log, isNew: false, mayMigrate: true, migrations: steps });
    } finally {
      await db.destroy();
    }
  };
  await expect(
    step(async (db) => {
      await db.schema.alterTable('conversation').addColumn('later', 'text').execute();
      throw new Error('the step went wrong');
    }),
  ).rejects.toThrow('the step went wrong');
  await (await openDatabase({ dir: at.dir, log }))[Symbol.asyncDispose]();

  await step(async (db) => db.schema.alterTable('conversation').addColumn('later', 'text').execute());
  const copies = readdirSync(at.dir).filter((name) => name.startsWith('streambed.db.before-9999-later'));
  expect(copies.length).toBeGreaterThan(0);
  using copy = new DatabaseSync(join(at.dir, copies.at(-1) ?? ''));
  expect(copy.prepare('select name from schema_step').all()).toHaveLength(Object.keys(migrations).length);

  // To a version that doesn't know the step, the database is of a newer one.
  await expect(openDatabase({ dir: at.dir, log })).rejects.toThrow(/newer Streambed.*9999-later/);
});

test('who may not bring it forward says so', async () => {
  using at = folder();
  await (await openDatabase({ dir: at.dir, log }))[Symbol.asyncDispose]();
  {
    using file = new DatabaseSync(join(at.dir, 'streambed.db'));
    file.exec("delete from schema_step where name like '0001%'");
  }
  await expect(openDatabase({ dir: at.dir, log, migrate: false })).rejects.toThrow(/start the server once/);
});

test('a file that is no database, or damaged, is named with what to do', async () => {
  using at = folder();
  writeFileSync(
    join(at.dir, 'streambed.db'),
    'not a database at all, but long enough to be read as one'.repeat(99),
  );
  await expect(openDatabase({ dir: at.dir, log })).rejects.toThrow(
    /streambed\.db cannot be used \(it is not a database\)/,
  );
});

test('a full disk refuses clearly, keeps nothing of the transaction, and everything from before', async () => {
  using at = folder();
  await using database = await openDatabase({ dir: at.dir, log, maxBytes: 400_000 });
  const { db } = database;
  await db.insertInto('conversation').values(conversation('a', 'kept')).execute();
  const filling = db.transaction().execute(async (trx) => {
    for (let n = 0; n < 500; n += 1) {
      await trx
        .insertInto('conversation')
        .values(conversation(`b${n}`, 'x'.repeat(10_000)))
        .execute();
    }
  });
  await expect(filling).rejects.toMatchObject({
    code: 'SB_STORE_FAILED',
    message: expect.stringContaining('full'),
  });
  expect(await titles(database)).toEqual(['kept']);
  await db.insertInto('conversation').values(conversation('c', 'goes on')).execute();
  expect(await titles(database)).toEqual(['kept', 'goes on']);
});

test('a file that may not be written is readable still', async () => {
  using at = folder();
  await using database = await openDatabase({ dir: at.dir, log });
  const { db } = database;
  await db.insertInto('conversation').values(conversation('a', 'kept')).execute();
  await import('kysely').then(({ sql }) => sql`pragma query_only = on`.execute(db));
  const write = db.transaction().execute((trx) => trx.deleteFrom('conversation').execute());
  await expect(write).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
  expect(await titles(database)).toEqual(['kept']);
});

test('a transaction waits for another program, and everything else goes on meanwhile', async () => {
  using at = folder();
  await using database = await openDatabase({ dir: at.dir, log });
  const locked = await lockDatabase(at.dir);
  let written = false;
  const write = database.db
    .transaction()
    .execute((trx) => trx.insertInto('conversation').values(conversation('a', 'late')).execute())
    .then(() => {
      written = true;
    });
  let turns = 0;
  while (turns < 100) {
    await nextTurn();
    turns += 1;
  }
  expect(written).toBe(false);
  await locked[Symbol.asyncDispose]();
  await write;
  expect(await titles(database)).toEqual(['late']);
});

test('a lock that lasts is waited for once: who comes later is refused at once, and nobody reads late', async () => {
  using at = folder();
  await using database = await openDatabase({ dir: at.dir, log });
  const write = (id: string) => database.db.insertInto('conversation').values(conversation(id, id)).execute();
  {
    await using _locked = await lockDatabase(at.dir);
    await expect(write('first')).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
    const startedAt = performance.now();
    for (let n = 0; n < 50; n += 1)
      await expect(write(`n${n}`)).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
    expect(await titles(database)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  }
  await write('after');
  await using _again = await lockDatabase(at.dir);
  const startedAt = performance.now();
  await expect(write('waits')).rejects.toMatchObject({ code: 'SB_STORE_FAILED' });
  expect(performance.now() - startedAt).toBeGreaterThan(1_500);
});

test('what is deleted is on disk no more', async () => {
  using at = folder();
  await using database = await openDatabase({ dir: at.dir, log });
  const { db } = database;
  await db.insertInto('conversation').values(conversation('a', 'a-secret-never-to-be-seen')).execute();
  await db.deleteFrom('conversation').execute();
  await database.forgetJournal();
  for (const name of readdirSync(at.dir)) {
    expect(readFileSync(join(at.dir, name)).includes('a-secret-never-to-be-seen')).toBe(false);
  }
});

test('two transactions at once do not mix', async () => {
  using at = folder();
  await using database = await openDatabase({ dir: at.dir, log });
  const { db } = database;
  const write = (id: string, fail: boolean) =>
    db.transaction().execute(async (trx) => {
      await trx
        .insertInto('conversation')
        .values(conversation(`${id}1`, id))
        .execute();
      await trx
        .insertInto('conversation')
        .values(conversation(`${id}2`, id))
        .execute();
      if (fail) throw new Error('no');
    });
  const [good, bad] = await Promise.allSettled([write('good', false), write('bad', true)]);
  expect([good.status, bad.status]).toEqual(['fulfilled', 'rejected']);
  expect(await titles(database)).toEqual(['good', 'good']);
});

test.each(['streambed.db', 'streambed.db-wal'])(
  'nothing is written to a database whose %s is no longer in its place, and all is once it is again',
  async (name) => {
    using at = folder();
    await using database = await openDatabase({ dir: at.dir, log });
    const { db, keeper } = database;
    const write = (id: string) => db.insertInto('conversation').values(conversation(id, id)).execute();
    await write('before');
    const path = join(at.dir, name);
    renameSync(path, `${path}.moved`);
    const refused = { code: 'SB_STORE_FAILED', message: expect.stringMatching(/moved, deleted or replaced/) };
    await expect(write('alone')).rejects.toMatchObject(refused);
    const together = db.transaction().execute((tx) => tx.deleteFrom('conversation').execute());
    await expect(together).rejects.toMatchObject(refused);
    // Its thread, which has not begun, would make another file.
    await expect(keeper.value('bringIn', null, { asker: 'a' })).rejects.toMatchObject(refused);
    expect(readdirSync(at.dir)).not.toContain(name);
    writeFileSync(path, '');
    await expect(write('to another')).rejects.toMatchObject(refused);
    expect(await titles(database)).toEqual(['before']);
    renameSync(`${path}.moved`, path);
    await write('later');
    await keeper.value('bringIn', null, { asker: 'a' });
    expect(await titles(database)).toEqual(['before', 'later']);
  },
);
