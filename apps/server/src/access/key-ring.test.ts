import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type OpenDatabase, openDatabase } from '../database/database.ts';
import { newGrantId, sign } from './grant.ts';
import { KeyRing } from './key-ring.ts';
import { KeyStore } from './key-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'streambed-access-'));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;

interface Kit extends AsyncDisposable {
  readonly database: OpenDatabase;
  readonly store: KeyStore;
  readonly ring: KeyRing;
}

async function open({
  now = Date.now,
  ...more
}: {
  now?: () => number;
  environmentKey?: string;
} = {}): Promise<Kit> {
  count += 1;
  const dir = join(folder, String(count));
  mkdirSync(dir);
  const database = await openDatabase({ dir, log: { info: () => {} } });
  const ring = await KeyRing.open({ db: database.db, now, ...more });
  return {
    database,
    ring,
    store: new KeyStore(database.db, now),
    [Symbol.asyncDispose]: async () => {
      ring[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

const terms = { name: 'a test', project: 'shop', admin: false, limits: {} };
const codeOf = (call: () => unknown) => {
  try {
    call();
    return undefined;
  } catch (thrown) {
    return (thrown as { code: string }).code;
  }
};

test('without keys nobody needs one; with the first, and ever after, everybody does', async () => {
  await using kit = await open();
  expect(kit.ring.keyed).toBe(false);
  const { key } = await kit.store.create(terms);
  await kit.ring.refresh();
  expect(kit.ring.keyed).toBe(true);
  await kit.store.revoke(key.id);
  await kit.ring.refresh();
  expect(kit.ring.keyed).toBe(true);
});

test('what is kept of a key proves nothing', async () => {
  await using kit = await open();
  const { secret } = await kit.store.create(terms);
  const rows = await kit.database.db.selectFrom('access_secret').selectAll().execute();
  expect(rows).toHaveLength(1);
  const kept = JSON.stringify([rows, await kit.database.db.selectFrom('access_key').selectAll().execute()]);
  expect(kept).not.toContain(secret.split('_')[2]);
});

test('a key is known by all of it, and by nothing less or more', async () => {
  await using kit = await open();
  const { secret, key } = await kit.store.create(terms);
  const other = await kit.store.create(terms);
  await kit.ring.refresh();
  expect(kit.ring.verify({ by: 'key', text: secret })).toMatchObject({
    key: key.id,
    owner: { project: 'shop' },
  });
  const mixed = `sb_${key.id}_${other.secret.split('_')[2]}`;
  for (const text of [secret.slice(0, -1), `${secret}0`, secret.toLowerCase(), mixed, key.id, '']) {
    expect(codeOf(() => kit.ring.verify({ by: 'key', text }))).toBe('SB_KEY_UNKNOWN');
  }
});

test('a rotated key works as long as was said, with its tokens', async () => {
  let now = 1_000_000_000_000;
  await using kit = await open({ now: () => now });
  const { secret, key } = await kit.store.create(terms);
  await kit.ring.refresh();
  const old = { by: 'key', text: secret } as const;
  const expires = now / 1000 + 86_400;
  const token = kit.ring.grant('token', old, { id: newGrantId(), subject: 'anna', expires });
  const { secret: next } = await kit.store.rotate(key.id, 60_000);
  await kit.ring.refresh();
  expect(kit.ring.verify(old).key).toBe(key.id);
  expect(kit.ring.verify(old).expiresAt).toBe(now + 60_000);
  expect(kit.ring.verify({ by: 'key', text: next }).expiresAt).toBeUndefined();
  expect(kit.ring.verify({ by: 'token', text: token.text }).owner.user).toBe(`key-${key.id}/anna`);
  now += 60_000;
  expect(codeOf(() => kit.ring.verify(old))).toBe('SB_KEY_REVOKED');
  expect(codeOf(() => kit.ring.verify({ by: 'token', text: token.text }))).toBe('SB_TOKEN_REFUSED');
  expect(kit.ring.verify({ by: 'key', text: next }).key).toBe(key.id);
});

test('a token may never do more than its key, nor outlive it', async () => {
  const now = 1_000_000_000_000;
  await using kit = await open({ now: () => now });
  const { secret } = await kit.store.create({
    ...terms,
    surfaces: ['openai', 'anthropic'],
    models: ['claude-*'],
    expiresAt: now + 100_000,
  });
  await kit.ring.refresh();
  const order = {
    id: newGrantId(),
    expires: now / 1000 + 86_400,
    surfaces: ['openai' as const, 'bedrock' as const],
    models: ['*'],
  };
  const { text, expires } = kit.ring.grant('token', { by: 'key', text: secret }, order);
  expect(expires).toBe((now + 100_000) / 1000);
  expect(kit.ring.verify({ by: 'token', text })).toMatchObject({
    surfaces: ['openai'],
    models: [['claude-*'], ['*']],
    admin: false,
  });
  expect(codeOf(() => kit.ring.grant('token', { by: 'token', text }, order))).toBe('SB_KEY_REQUIRED');
});

test('what this server did not sign is nothing: a changed one, another kind, another server’s', async () => {
  await using kit = await open();
  const { secret, key } = await kit.store.create(terms);
  await kit.ring.refresh();
  const order = { id: newGrantId(), expires: Date.now() / 1000 + 60, subject: 'anna' };
  const { text } = kit.ring.grant('token', { by: 'key', text: secret }, order);
  const [body = '', mac = ''] = text.split('.');
  const claims = JSON.parse(Buffer.from(body.slice(4), 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, subject: 'ben' })).toString('base64url');
  const foreign = sign('token', { ...claims, key: key.id }, Buffer.alloc(32));
  for (const wrong of [
    `sbt_${forged}.${mac}`,
    body,
    `${body}.`,
    `${text}.x`,
    `${body}.${mac.slice(1)}`,
    foreign,
  ]) {
    expect(codeOf(() => kit.ring.verify({ by: 'token', text: wrong }))).toBe('SB_TOKEN_REFUSED');
  }
  const asSession = text.replace('sbt_', 'sbs_');
  expect(codeOf(() => kit.ring.verify({ by: 'session', text: asSession }))).toBe('SB_TOKEN_REFUSED');
  expect(codeOf(() => kit.ring.verify({ by: 'session', text }))).toBe('SB_TOKEN_REFUSED');
});

test('a sign-in that was ended is over', async () => {
  await using kit = await open();
  const { secret } = await kit.store.create(terms);
  await kit.ring.refresh();
  const order = { id: newGrantId(), expires: Math.floor(Date.now() / 1000) + 60 };
  const { text } = kit.ring.grant('session', { by: 'key', text: secret }, order);
  expect(kit.ring.verify({ by: 'session', text }).by).toBe('session');
  await kit.store.endSession(order.id, { project: 'shop', user: 'x' }, order.expires * 1000);
  await kit.ring.refresh();
  expect(codeOf(() => kit.ring.verify({ by: 'session', text }))).toBe('SB_TOKEN_REFUSED');
});

test('while the database does not answer, known keys count on and others can’t be known', async () => {
  const kit = await open();
  const { secret } = await kit.store.create(terms);
  await kit.ring.refresh();
  await kit.database[Symbol.asyncDispose]();
  await kit.ring.refresh();
  expect(kit.ring.verify({ by: 'key', text: secret }).owner.project).toBe('shop');
  const unknown = `sb_${'0'.repeat(12)}_${'0'.repeat(36)}`;
  expect(codeOf(() => kit.ring.verify({ by: 'key', text: unknown }))).toBe('SB_ACCESS_UNKNOWN');
  kit.ring[Symbol.dispose]();
});

test('a key of the environment may do everything, and ends with it', async () => {
  await using kit = await open({ environmentKey: 'a-key-of-the-environment' });
  expect(kit.ring.keyed).toBe(true);
  const credential = { by: 'key', text: 'a-key-of-the-environment' } as const;
  expect(kit.ring.verify(credential)).toMatchObject({
    admin: true,
    owner: { project: 'default', user: 'local' },
  });
  const { text } = kit.ring.grant('token', credential, {
    id: 'x',
    subject: 'anna',
    expires: Date.now() / 1000 + 60,
  });
  using other = await KeyRing.open({
    db: kit.database.db,
    environmentKey: 'the-next-key-of-the-environment',
  });
  expect(codeOf(() => other.verify({ by: 'token', text }))).toBe('SB_TOKEN_REFUSED');
});
