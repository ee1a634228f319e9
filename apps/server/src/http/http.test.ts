import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../../../test/support/websocket.ts';
import { type Gateway, startGateway } from '../../test/gateway.ts';

let gateway: Gateway;
let web: string;

beforeAll(async () => {
  web = mkdtempSync(join(tmpdir(), 'streambed-web-'));
  mkdirSync(join(web, 'assets'));
  writeFileSync(join(web, 'index.html'), '<!doctype html><title>the page</title>');
  writeFileSync(join(web, 'assets', 'index-abc123.js'), 'export {};');
  gateway = await startGateway({ argv: ['--web-dir', web, '--base-path', '/chat'] });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  rmSync(web, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request whose every header is ours: `fetch` would not let us write Host and Origin. */
function send(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = gateway.server;
    const outgoing = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      text(response).then(
        (received) =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
        reject,
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const errorOf = ({ body }: Answer) => JSON.parse(body).error;

test('lives and is ready, without asking the upstream', async () => {
  expect(await send('/healthz')).toMatchObject({ status: 200, body: '{"status":"ok"}' });
  expect(await send('/readyz')).toMatchObject({ status: 200, body: '{"status":"ready"}' });
  expect(gateway.emulator.requests).toHaveLength(0);
});

test('lists the models, and says what answers', async () => {
  const { models, upstream } = JSON.parse((await send('/streambed/v1/models')).body);
  expect(models.map(({ name }: { name: string }) => name)).toEqual(
    expect.arrayContaining(['anthropic', 'llama3']),
  );
  expect(upstream).toEqual({ kind: 'bedrock', region: 'us-east-1' });
});

test('lists every model that is known when asked, what can be called from here, and why not', async () => {
  const { catalogue } = JSON.parse((await send('/streambed/v1/models?include=catalogue')).body);
  const find = (id: string) => catalogue.models.find((model: { id: string }) => model.id === id);
  expect(catalogue.region).toBe('us-east-1');
  expect(find('anthropic.claude-haiku-4-5-20251001-v1:0')).toMatchObject({ usable: true });
  const unusable = catalogue.models.filter(({ usable }: { usable: boolean }) => !usable);
  expect(unusable.length).toBeGreaterThan(0);
  for (const { why } of unusable) expect(why).toMatch(/\w/);
});

test('every answer carries the security headers and a request id', async () => {
  for (const path of ['/', '/healthz', '/nowhere', '/assets/index-abc123.js']) {
    const { headers } = await send(path);
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers['content-security-policy']).not.toMatch(/unsafe/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(headers['x-request-id']).toMatch(/^req_/);
  }
});

test('the page is always asked for anew, its hashed files never', async () => {
  expect(await send('/')).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
  expect((await send('/assets/index-abc123.js')).headers['cache-control']).toBe(
    'public, max-age=31536000, immutable',
  );
});

test('what is not there is an error out of the table, and tells nothing of the query', async () => {
  const answer = await send('/nowhere?system=secret');
  expect(answer.status).toBe(404);
  expect(errorOf(answer)).toMatchObject({ type: 'not_found', code: 'SB_NOT_FOUND', retryable: false });
  expect(answer.headers['x-should-retry']).toBe('false');
  expect(answer.body).not.toMatch(/secret/);
  for (const path of ['/assets/../../secret', '/%2e%2e/package.json', '/..%2fpackage.json']) {
    expect((await send(path)).status).toBeGreaterThanOrEqual(400);
  }
});

test('the base path may be there or taken off by a proxy, and is mended where its slash is missing', async () => {
  for (const path of ['/chat/healthz', '/healthz']) expect((await send(path)).status).toBe(200);
  expect((await send('/chat/')).body).toMatch(/the page/);
  expect(await send('/chat')).toMatchObject({ status: 308, headers: { location: '/chat/' } });
  expect((await send('/chatter')).status).toBe(404);
  expect(gateway.url).toMatch(/\/chat$/);
});

test('a page elsewhere gets nothing: not by GET, not by a form, not under a rebound name', async () => {
  const { port } = gateway.server;
  const host = `127.0.0.1:${port}`;
  const foreign = { host, origin: 'https://evil.example' };
  const form = {
    ...foreign,
    'content-type': 'application/x-www-form-urlencoded',
    'sec-fetch-site': 'cross-site',
  };
  for (const answer of [
    await send('/streambed/v1/models', foreign),
    await send('/streambed/v1/models', form, 'POST', 'prompt=hello'),
    await send('/', form, 'POST', 'prompt=hello'),
    await send('/streambed/v1/models', foreign, 'OPTIONS'),
    await send('/streambed/v1/models', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
    await send('/healthz', { host: `rebound.evil.example:${port}` }),
    await send('/streambed/v1/models', {
      host: `rebound.evil.example:${port}`,
      'sec-fetch-site': 'same-origin',
    }),
  ]) {
    expect(answer.status).toBe(403);
    expect(errorOf(answer).type).toBe('permission');
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.body).not.toMatch(/anthropic/);
  }
});

test('a link elsewhere opens the page', async () => {
  const answer = await send('/', {
    host: `127.0.0.1:${gateway.server.port}`,
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  });
  expect(answer.body).toMatch(/the page/);
});

test.each(['/ws', '/ws/model?model=anthropic'])(
  'a page elsewhere cannot open the WebSocket %s',
  async (path) => {
    const url = `ws://127.0.0.1:${gateway.server.port}${path}`;
    const protocol = 'streambed.v1';
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { host: 'rebound.evil.example' },
    ] as readonly Record<string, string>[]) {
      await expect(connect(url, { protocol, headers })).rejects.toThrow('403');
    }
    await using own = await connect(url, {
      protocol,
      headers: { origin: `http://127.0.0.1:${gateway.server.port}` },
    });
    expect(own.socket.readyState).toBe(own.socket.OPEN);
  },
);

test('a WebSocket that is not there, or without its subprotocol, is refused with the reason', async () => {
  const at = `ws://127.0.0.1:${gateway.server.port}`;
  await expect(connect(`${at}/ws/nowhere`)).rejects.toThrow('404');
  await expect(connect(`${at}/ws`)).rejects.toThrow('400');
  await expect(connect(`${at}/ws`, { protocol: 'streambed.v9' })).rejects.toThrow('400');
  await using under = await connect(`${at}/chat/ws`, { protocol: 'streambed.v1' });
  expect(await under.next()).toMatch(/"hello"/);
});

test('a request that has passed through this server already is refused', async () => {
  await using loop = await startGateway({ emulator: { script: () => 'fine' } });
  await using socket = await connect(`${loop.url}/ws/model?model=anthropic`);
  socket.send('hello');
  await socket.next();
  const hop = loop.emulator.requests[0]?.headers['x-streambed-hop'] ?? '';
  expect(hop).not.toBe('');
  const answer = await fetch(`${loop.url}/model/x/invoke`, {
    method: 'POST',
    headers: { 'x-streambed-hop': `other, ${hop}` },
  });
  expect(answer.status).toBe(508);
});

test("pages of an allowed origin may send the official SDKs' own headers", async () => {
  const origin = 'https://chat.example.com';
  await using open = await startGateway({ env: { STREAMBED_ALLOWED_ORIGINS: origin } });
  const asking = (wanted: string) =>
    fetch(`${open.url}/v1/messages`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': wanted,
      },
    });
  const wanted = 'anthropic-beta,anthropic-version,content-type,x-api-key,x-stainless-lang';
  const answer = await asking(wanted);
  expect(answer.status).toBe(204);
  expect(answer.headers.get('access-control-allow-headers')).toBe(wanted);
  expect((await asking('<script>')).headers.get('access-control-allow-headers')).toBe('');
});

test('pages of an allowed origin may read answers, and ask first', async () => {
  const origin = 'http://localhost:5173';
  await using open = await startGateway({ env: { STREAMBED_ALLOWED_ORIGINS: origin } });
  const answer = await fetch(`${open.url}/streambed/v1/models`, { headers: { origin } });
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
  const asked = await fetch(`${open.url}/streambed/v1/models`, { method: 'OPTIONS', headers: { origin } });
  expect(asked.status).toBe(204);
  expect(asked.headers.get('access-control-allow-methods')).toMatch(/GET/);
});

test('without a built page it says so in plain words', async () => {
  await using bare = await startGateway({ argv: ['--web-dir', '/nowhere'] });
  const answer = await fetch(bare.url);
  expect(answer.status).toBe(503);
  expect(await answer.text()).toMatch(/npm run build/);
});

test('connections are bounded', async () => {
  await using small = await startGateway({ argv: ['--max-connections', '1'] });
  const url = `${small.url}/ws/model?model=anthropic`;
  const first = await connect(url);
  await expect(connect(url)).rejects.toThrow('503');
  first.socket.close();
  await first.closed;
  await using second = await connect(url);
  expect(second.socket.readyState).toBe(second.socket.OPEN);
});

test('what is no HTTP, or has too large headers, gets an answer and is closed', async () => {
  const ask = async (bytes: string) => {
    const socket = connectTcp(gateway.server.port, '127.0.0.1');
    socket.end(bytes);
    return text(socket);
  };
  expect(await ask('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*SB_BAD_REQUEST/s);
  expect(await ask(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 .*SB_TOO_LARGE/s,
  );
  expect((await send('/healthz')).status).toBe(200);
});
