import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../apps/server/src/server.ts';
import { describeWithChromium, launchChromium } from './support/chromium.ts';
import { type ReplayServer, startReplayServer } from './support/replay-server.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

/**
 * What a web page of somebody else must not be able to do to a server on this machine: spend money, or read an answer.
 * The upstream counts what reaches it; in these tests that is nothing.
 */

let replay: ReplayServer;
let server: RunningServer;
let port: number;

beforeAll(async () => {
  replay = await startReplayServer({ answer: () => undefined });
  server = await startInProcess(upstreamAt(replay.url));
  port = Number(new URL(server.url).port);
});
afterAll(async () => {
  await server?.stop();
  await replay?.[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** One plain HTTP request, with whatever headers: `fetch` would not let a test lie about its Host. */
async function ask(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  const outgoing = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return {
    status: incoming.statusCode,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

const sockets = ['/ws', '/ws/model?model=anthropic&streaming=1'];
const pages = ['/', '/healthz', '/readyz', '/index.html', '/nowhere'];

/** The status of a refused WebSocket, or 101. */
async function upgrade(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const protocol = path === '/ws' ? { protocol: 'streambed.v1' } : {};
  try {
    await using socket = await connect(`ws://127.0.0.1:${port}${path}`, { ...protocol, headers });
    socket.send('Hello');
    return 101;
  } catch (error) {
    const status = /refused: (\d+)/.exec(String(error))?.[1];
    if (status === undefined) throw error;
    return Number(status);
  }
}

describe('a name that was rebound to this machine', () => {
  const hosts = [
    'evil.example',
    'evil.example:8080',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost@evil.example',
    '10.0.0.7',
    '0.0.0.0',
    '127.0.0.1:80:80',
  ];

  test.for(hosts)('is refused on every route: Host %s', async (host) => {
    for (const path of pages) {
      const { status, body } = await ask(path, { host });
      expect([400, 403, 421], `${path} answered ${status}`).toContain(status);
      expect(body).not.toContain('<script');
    }
    for (const path of sockets) expect([400, 403, 421]).toContain(await upgrade(path, { host }));
  });

  test('loopback names are served', async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`, `LOCALHOST:${port}`]) {
      expect((await ask('/healthz', { host })).status, host).toBe(200);
      for (const path of sockets) expect(await upgrade(path, { host }), host).toBe(101);
    }
  });
});

describe('a page of another origin', () => {
  const origins = () => [
    'http://evil.example',
    'https://evil.example',
    'null',
    `http://127.0.0.1:${port + 1}`,
    `http://127.0.0.1:${port}.evil.example`,
    'file://',
  ];

  test('opens no WebSocket', async () => {
    for (const path of sockets) {
      for (const origin of origins()) expect(await upgrade(path, { origin }), origin).toBe(403);
      expect(await upgrade(path, { origin: `http://127.0.0.1:${port}` })).toBe(101);
      expect(await upgrade(path, {})).toBe(101);
    }
  });

  test('reads nothing by fetch, and a form it posts does nothing', async () => {
    for (const origin of origins()) {
      for (const path of pages) {
        const { status, headers } = await ask(path, { origin });
        expect(status, `${path} from ${origin}`).toBe(403);
        expect(headers).not.toHaveProperty('access-control-allow-origin');
      }
      for (const path of [
        '/',
        '/ws',
        '/ws/model?model=anthropic',
        '/v1/messages',
        '/model/anthropic/invoke',
      ]) {
        for (const type of ['application/x-www-form-urlencoded', 'multipart/form-data', 'text/plain']) {
          const form = await ask(path, { origin, 'content-type': type }, 'POST', 'prompt=spend+money');
          expect(form.status, `POST ${path} from ${origin}`).toBe(403);
        }
      }
      const preflight = await ask(
        '/v1/messages',
        { origin, 'access-control-request-method': 'POST' },
        'OPTIONS',
      );
      expect(preflight.status).toBe(403);
      expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });

  test('is known by Sec-Fetch-Site where no Origin is sent', async () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const mode of ['no-cors', 'cors', 'websocket']) {
        const headers = { 'sec-fetch-site': site, 'sec-fetch-mode': mode };
        expect((await ask('/healthz', headers)).status, `${site} ${mode}`).toBe(403);
        for (const path of sockets) expect(await upgrade(path, headers)).toBe(403);
      }
    }
    for (const site of ['same-origin', 'none']) {
      expect((await ask('/healthz', { 'sec-fetch-site': site })).status, site).toBe(200);
    }
  });
});

describeWithChromium('a page of another origin, in a real browser', () => {
  test('gets nothing: by fetch, by WebSocket, by form, by a rebound name', async () => {
    const before = replay.requests.length;
    const evil = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<title>evil</title><body></body>');
    });
    evil.listen(0, '127.0.0.1');
    await once(evil, 'listening');
    try {
      await using browser = await launchChromium(['--host-resolver-rules=MAP evil.example 127.0.0.1']);
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);

      const reached = await page.evaluate(async (target) => {
        const tried: Record<string, string> = {};
        const attempt = async (name: string, work: () => Promise<string>) => {
          tried[name] = await work().catch((error: unknown) => `refused: ${String(error)}`);
        };
        for (const path of ['/', '/healthz', '/v1/messages']) {
          await attempt(`get ${path}`, async () => (await fetch(target + path)).text());
          await attempt(`post ${path}`, async () =>
            (await fetch(target + path, { method: 'POST', body: 'x=1' })).text(),
          );
          // Opaque: the page can't read it, but it must not be served either. The test below asks the server.
          await attempt(`no-cors ${path}`, async () => {
            const { type, status } = await fetch(target + path, {
              mode: 'no-cors',
              method: 'POST',
              body: 'x=1',
            });
            return `refused: ${type} ${status}`;
          });
        }
        for (const path of ['/ws', '/ws/model?model=anthropic&streaming=1']) {
          await attempt(
            `socket ${path}`,
            () =>
              new Promise((resolve) => {
                const socket = new WebSocket(
                  target.replace('http', 'ws') + path,
                  path === '/ws' ? ['streambed.v1'] : [],
                );
                socket.onopen = () => socket.send('Spend money.');
                socket.onmessage = ({ data }) => resolve(`reached: ${String(data)}`);
                socket.onclose = () => resolve('refused: closed');
              }),
          );
        }
        return tried;
      }, server.url);
      for (const [name, outcome] of Object.entries(reached)) expect(outcome, name).toMatch(/^refused/);

      // A form is sent by navigation: the answer replaces the page, and is a refusal.
      await page.evaluate((action) => {
        const form = document.createElement('form');
        form.method = 'post';
        form.action = action;
        document.body.append(form);
      }, `${server.url}/ws/model?model=anthropic`);
      const [posted] = await Promise.all([
        page.waitForNavigation(),
        page.evaluate(() => document.querySelector('form')?.submit()),
      ]);
      expect(posted?.status()).toBe(403);

      const rebound = await page.goto(`http://evil.example:${port}/`);
      expect(rebound?.status()).toBe(403);
      expect(await page.content()).not.toContain('<script');
    } finally {
      evil.close();
      evil.closeAllConnections();
    }
    expect(replay.requests.length).toBe(before);
  });
});

describe('what is no HTTP, or too much of it', () => {
  /** Writes raw bytes and gives what came back by the time the server hung up. */
  async function raw(bytes: string | Buffer, end = true): Promise<string> {
    const socket = connectTcp(port, '127.0.0.1');
    await once(socket, 'connect');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.write(bytes);
    if (end) socket.end();
    else socket.destroy();
    // `events.once` would take a reset for a failure; here it is one more way to hang up.
    await new Promise((resolve) => (socket.closed ? resolve(undefined) : socket.once('close', resolve)));
    return Buffer.concat(chunks).toString('latin1');
  }
  const head = `Host: 127.0.0.1:PORT\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`;

  test('ends no process', async () => {
    const withPort = (text: string) => text.replaceAll('PORT', String(port));
    const everyByte = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 131) % 256));
    expect(await raw(everyByte)).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
    expect(await raw('\r\n\r\n\0\0\0\0\r\n\r\n')).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
    const big = withPort(
      `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-Big: ${'x'.repeat(200_000)}\r\n\r\n`,
    );
    expect(await raw(big)).toMatch(/^(HTTP\/1\.1 431|$)/);
    // A WebSocket that is half asked for, wrongly asked for, or left at once.
    await raw(withPort(`GET /ws HTTP/1.1\r\n${head}Sec-WebSocket-Ver`), false);
    expect(await raw(withPort(`GET /ws HTTP/1.1\r\n${head}\r\n`))).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(
      await raw(
        withPort(`GET /ws HTTP/1.1\r\n${head}Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: x\r\n\r\n`),
      ),
    ).toMatch(/^HTTP\/1\.1 4\d\d/);
    const proper = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    await raw(withPort(`GET /ws/model?model=anthropic HTTP/1.1\r\n${head}${proper}`), false);
    expect(await raw(withPort(`GET /no/such/socket HTTP/1.1\r\n${head}${proper}`))).toMatch(
      /^HTTP\/1\.1 404/,
    );
    expect(await raw(withPort(`GET /ws/model%ff?model=%ff HTTP/1.1\r\n${head}${proper}`))).toMatch(
      /^HTTP\/1\.1 4/,
    );
    expect((await ask('/healthz')).status).toBe(200);
  });

  test('a message over the limit costs its sender the answer, and nobody else anything', async () => {
    await using neighbour = await connect(`${server.url}/ws/model?model=anthropic`);
    for (const path of sockets) {
      const protocol = path === '/ws' ? { protocol: 'streambed.v1' } : {};
      await using socket = await connect(server.url + path, protocol);
      socket.send('x'.repeat(1024 * 1024 + 1));
      const said = await socket.until((text) => /SB_TOO_LARGE|error: /.test(text));
      expect(said.at(-1)).toMatch(/SB_TOO_LARGE|1 MiB|1048576/);
    }
    neighbour.send('Hello');
    expect(await neighbour.next()).toMatch(/^error: /);
  });

  test('frames that say nonsense get an error each, and the socket lives; one that keeps at it is closed', async () => {
    await using socket = await connect(`${server.url}/ws`, { protocol: 'streambed.v1' });
    expect(JSON.parse(await socket.next())).toMatchObject({ type: 'hello', protocol: 'streambed.v1' });
    for (const [text, code] of [
      ['{', 'SB_BAD_JSON'],
      ['{"type":"dance","ref":7}', 'SB_UNKNOWN_FRAME'],
      ['[]', 'SB_UNKNOWN_FRAME'],
      ['{"type":"cancel"}', 'SB_BAD_REQUEST'],
    ] as const) {
      socket.send(text);
      expect(JSON.parse(await socket.next())).toMatchObject({ type: 'error', error: { code } });
    }
    for (let sent = 0; sent < 50; sent += 1) socket.send('{');
    expect(await socket.closed).toMatchObject({ code: 4002 });
  });
});
