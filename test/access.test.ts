import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { openFrameSocket, startGateway } from '../apps/server/test/gateway.ts';
import { adminKey, startKeyed } from './support/keyed.ts';
import { root } from './support/root.ts';
import { runToEnd, startAsChild } from './support/servers.ts';
import { connect } from './support/websocket.ts';

const folder = mkdtempSync(join(tmpdir(), 'streambed-access-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** `streambed keys …` as a process of its own, on that data folder. */
async function keys(dataDir: string, ...argv: readonly string[]): Promise<string> {
  const main = join(root, 'apps/server/src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'keys', ...argv], {
    env: { STREAMBED_DATA_DIR: dataDir },
    cwd: folder,
  });
  return stdout.trim();
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const statusOf = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).status;

describe('beside a running server', () => {
  test('the first key closes the door within a second, also behind who is in already; a revoked one is out', async () => {
    const dataDir = join(folder, 'running');
    await using gateway = await startGateway({ dataDir });
    const models = `${gateway.url}/streambed/v1/models`;
    expect(await statusOf(models)).toBe(200);
    await using socket = await openFrameSocket(gateway);
    expect(await socket.next()).toHaveProperty('upstream');

    const key = await keys(dataDir, 'create', '--name', 'first');
    expect(await socket.socket.closed).toMatchObject({ code: 4001 });
    expect(await statusOf(models)).toBe(401);
    expect(await statusOf(models, bearer(key))).toBe(200);

    await using client = await openFrameSocket(gateway, bearer(key));
    await keys(dataDir, 'revoke', key.split('_')[1] as string);
    expect(await client.socket.closed).toMatchObject({ code: 4001 });
    expect(await statusOf(models, bearer(key))).toBe(401);
  });

  test('a server that is started again finds its keys', async () => {
    const dataDir = join(folder, 'again');
    const key = await keys(dataDir, 'create', '--name', 'before');
    await using gateway = await startGateway({ dataDir });
    expect(await statusOf(`${gateway.url}/v1/models`)).toBe(401);
    expect(await statusOf(`${gateway.url}/v1/models`, bearer(key))).toBe(200);
  });
});

describe('beyond loopback', () => {
  const everywhere = ['--host', '0.0.0.0', '--upstream', 'emulator', '--port', '0'];

  test('without keys it does not start, and says in one line what to do', async () => {
    const { code, output } = await runToEnd({ argv: everywhere });
    expect(code).toBe(1);
    expect(output.trimEnd()).toMatch(
      /^streambed: host: 0\.0\.0\.0 \(from --host\) is not loopback[^\n]*streambed keys create[^\n]*--insecure[^\n]*$/,
    );
  });

  test('with a key it does, and answers to any name', async () => {
    await using gateway = await startKeyed({ argv: ['--host', '0.0.0.0'] });
    const models = `${gateway.url}/v1/models`;
    expect(await statusOf(models)).toBe(401);
    expect(await statusOf(models, bearer(adminKey))).toBe(200);
    const { port } = new URL(gateway.url);
    const headers = { host: 'gateway.internal', ...bearer(adminKey) };
    const asked = get({ host: '127.0.0.1', port, path: '/v1/models', headers, agent: false });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(200);
  });

  test('with --insecure and without keys, being able to reach it is not enough to make the first', async () => {
    await using gateway = await startGateway({ argv: ['--host', '0.0.0.0', '--insecure'] });
    const path = `${gateway.url}/streambed/v1/keys`;
    const init = { method: 'POST', body: '{"name":"mine"}' };
    const json = { 'content-type': 'application/json' };
    const elsewhere = await fetch(path, { ...init, headers: { ...json, 'x-forwarded-for': '203.0.113.9' } });
    expect(elsewhere.status).toBe(403);
    expect((await fetch(path, { ...init, headers: json })).status).toBe(201);
    expect(await statusOf(`${gateway.url}/v1/models`)).toBe(401);
  });
});

describe('signing in', () => {
  test('a key becomes a cookie that no script can read; signing out ends it everywhere', async () => {
    await using gateway = await startKeyed();
    const { key } = await gateway.makeKey({ name: 'Anna', project: 'shop' });
    const session = async (headers: Record<string, string> = {}) =>
      (await gateway.ask('/streambed/v1/session', { headers })).json();
    expect(await session()).toEqual({ required: true, signed_in: false });

    const answer = await gateway.ask('/streambed/v1/session', {
      method: 'POST',
      body: JSON.stringify({ key }),
    });
    const header = answer.headers.get('set-cookie') ?? '';
    expect(header).toMatch(
      /^streambed_session=sbs_\S+; Path=\/; Max-Age=6048\d\d; HttpOnly; SameSite=Strict$/,
    );
    expect(await answer.text()).not.toContain(key);
    const cookie = header.split(';', 1)[0] as string;
    expect(await session({ cookie })).toMatchObject({ signed_in: true, name: 'Anna', project: 'shop' });
    const origin = gateway.url;
    const made = await gateway.ask('/streambed/v1/conversations', {
      method: 'POST',
      body: '{"title":"By cookie"}',
      headers: { cookie, origin },
    });
    expect(made.status).toBe(201);

    const out = await gateway.ask('/streambed/v1/session', { method: 'DELETE', headers: { cookie, origin } });
    expect(out.headers.get('set-cookie')).toMatch(/^streambed_session=; .*Max-Age=0/);
    expect(await session({ cookie })).toEqual({ required: true, signed_in: false });
    expect((await gateway.ask('/streambed/v1/conversations', { headers: { cookie } })).status).toBe(401);
  });

  test('behind https the cookie is for https only, and for its own path', async () => {
    await using gateway = await startKeyed({
      argv: ['--public-url', 'https://ai.example.com/chat', '--base-path', '/chat'],
    });
    const answer = await fetch(`${gateway.url}/streambed/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://ai.example.com' },
      body: JSON.stringify({ key: adminKey }),
    });
    expect(answer.headers.get('set-cookie')).toMatch(/Path=\/chat\/; .*; HttpOnly; SameSite=Strict; Secure$/);
  });

  test('what is no key of this chat does not sign in', async () => {
    await using gateway = await startKeyed();
    const elsewhere = await gateway.makeKey({ surfaces: ['openai'] });
    const token = await gateway.makeToken(gateway.admin);
    for (const [key, status] of [
      ['nonsense', 401],
      [token, 401],
      [elsewhere.key, 403],
      ['', 400],
    ] as const) {
      const answer = await gateway.ask('/streambed/v1/session', {
        method: 'POST',
        body: JSON.stringify({ key }),
      });
      expect([key, answer.status]).toEqual([key, status]);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });

  test('without keys nobody has to, and programs that make tokens or send keys need not know', async () => {
    await using gateway = await startGateway();
    const session = `${gateway.url}/streambed/v1/session`;
    expect(await (await fetch(session)).json()).toMatchObject({ required: false, signed_in: false });
    const token = await fetch(`${gateway.url}/streambed/v1/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"subject":"anna"}',
    });
    expect(token.status).toBe(201);
    const { token: text } = (await token.json()) as { token: string };
    expect(await statusOf(`${gateway.url}/v1/models`, bearer(text))).toBe(200);
    expect(await statusOf(`${gateway.url}/v1/models`, { 'x-api-key': 'whatever' })).toBe(200);
  });
});

test('no key, token or cookie is ever written down or said back', async () => {
  const dataDir = join(folder, 'privacy');
  const key = await keys(dataDir, 'create', '--name', 'quiet', '--admin');
  await using server = await startAsChild({
    argv: ['--upstream', 'emulator', '--log-level', 'trace'],
    env: { STREAMBED_DATA_DIR: dataDir, STREAMBED_API_KEY: 'the-key-of-the-environment' },
  });
  const said: string[] = [];
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    said.push(await response.clone().text());
    return response;
  };
  const json = { 'content-type': 'application/json' };
  const minted = await fetch(`${server.url}/streambed/v1/tokens`, {
    method: 'POST',
    headers: { ...json, ...bearer(key) },
    body: '{"subject":"anna"}',
  });
  const { token } = (await minted.json()) as { token: string };
  const signedIn = await ask('/streambed/v1/session', {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ key }),
  });
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';', 1)[0] as string;
  const wrong = `sb_${'9'.repeat(12)}_${'9'.repeat(36)}`;
  await ask('/v1/models', { headers: bearer(wrong) });
  await ask(`/ws/model?model=anthropic&token=${token}`);
  await ask(`/v1/models?key=${key}`, { headers: { 'x-api-key': key } });
  await ask('/streambed/v1/keys', { headers: bearer('the-key-of-the-environment') });
  await ask('/streambed/v1/conversations', { headers: { cookie } });
  await ask('/v1/messages', { method: 'POST', headers: { ...json, ...bearer(`${key}x`) }, body: '{}' });
  server.signal('SIGTERM');
  const { output } = await server.exited;
  const secrets = [key, token, cookie.split('=')[1] as string, wrong, 'the-key-of-the-environment'];
  for (const secret of secrets) {
    expect(output).not.toContain(secret);
    expect(said.join('\n')).not.toContain(secret);
  }
  expect(output).toMatch(/"path":"\/v1\/models"/);
});

test('with a database that can’t be read, keys known so far go on counting, and for others it is 503, never 401', async () => {
  const dataDir = join(folder, 'damaged');
  await using gateway = await startKeyed({ dataDir });
  const { key } = await gateway.makeKey();
  const token = await gateway.makeToken(key);
  const cookie = await gateway.signIn(key);
  const revoked = await gateway.makeKey();
  await gateway.ask(`/streambed/v1/keys/${revoked.id}`, { method: 'DELETE', key: gateway.admin });
  for (const name of ['streambed.db', 'streambed.db-wal', 'streambed.db-shm']) {
    const path = join(dataDir, name);
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(statSync(path).size, 'damaged '));
    closeSync(file);
  }
  const unknown = `sb_${'0'.repeat(12)}_${'0'.repeat(36)}`;
  const statusFor = async (key: string) => (await gateway.ask('/v1/models', { key })).status;
  await expect.poll(() => statusFor(unknown), { timeout: 10_000 }).toBe(503);
  const refused = await gateway.ask('/v1/messages', { method: 'POST', key: unknown, body: '{}' });
  expect(refused.headers.get('retry-after')).toBe('2');
  expect(refused.headers.get('x-should-retry')).toBe('true');
  await expect(
    connect(`${gateway.url}/ws/model?model=anthropic`, { headers: bearer(unknown) }),
  ).rejects.toThrow(/503/);
  // What is known for certain is said.
  expect(await statusFor(revoked.key)).toBe(401);
  for (const known of [key, token, gateway.admin]) expect(await statusFor(known)).toBe(200);
  expect((await gateway.ask('/v1/models', { headers: { cookie } })).status).toBe(200);
  const body = JSON.stringify({
    model: 'anthropic',
    max_tokens: 9,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect((await gateway.ask('/v1/messages', { method: 'POST', key, body })).status).toBe(200);
  expect(
    (await gateway.ask('/streambed/v1/keys', { method: 'POST', key: gateway.admin, body: '{"name":"no"}' }))
      .status,
  ).toBe(503);
}, 40_000);
