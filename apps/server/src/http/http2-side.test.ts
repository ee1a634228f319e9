import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  type ClientHttp2Session,
  connect as connectHttp2,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { text } from 'node:stream/consumers';
import { failing, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { connect } from '../../../../test/support/websocket.ts';
import { startGateway } from '../../test/gateway.ts';
import { Http2Side, type Http2Times } from './http2-side.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

async function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body = ''): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === '' });
  if (body !== '') stream.end(body);
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  return { status: head[':status'] as number, headers: head, body: await text(stream) };
}

function open(url: string): ClientHttp2Session {
  const session = connectHttp2(url);
  session.on('error', () => {});
  return session;
}

/** A bare server of both kinds with times of its own. */
async function startBoth(times: Partial<Http2Times>, onRequest?: Parameters<typeof createServer>[1]) {
  const server: Server = createServer({}, onRequest);
  const side = new Http2Side(server, { headMs: 5_000, wholeMs: 5_000, idleMs: 5_000, ...times });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    side,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      side.destroy();
      await once(server, 'close');
    },
  };
}

test('the same routes, guard and limits answer over HTTP/2', async () => {
  await using gateway = await startGateway();
  const session = open(gateway.url);
  const ready = await ask(session, { ':path': '/readyz' });
  expect(ready).toMatchObject({ status: 200, body: '{"status":"ready"}' });
  expect(ready.headers['x-content-type-options']).toBe('nosniff');
  expect(await ask(session, { ':path': '/nothing' })).toMatchObject({ status: 404 });
  const foreign = await ask(session, { ':path': '/readyz', origin: 'https://elsewhere.example' });
  expect(foreign.status).toBe(403);
  const rebound = await ask(session, { ':path': '/readyz', ':authority': 'elsewhere.example' });
  expect(JSON.parse(rebound.body).error.code).toBe('SB_HOST_REFUSED');
  const path = '/streambed/v1/generations';
  const large = { ':path': path, ':method': 'POST', 'content-type': 'application/json' };
  expect(await ask(session, large, `"${'x'.repeat(26 * 1024 * 1024)}"`)).toMatchObject({ status: 413 });
  expect(await ask(session, { ':path': '/readyz' })).toMatchObject({ status: 200 });
  session.destroy();
});

test('a head that is too large is refused as over HTTP/1.1, and the connection lives', async () => {
  await using gateway = await startGateway();
  const session = open(gateway.url);
  const refused = await ask(session, { ':path': '/readyz', x: 'y'.repeat(40_000) });
  expect(refused.status).toBe(431);
  expect(JSON.parse(refused.body).error.code).toBe('SB_TOO_LARGE');
  expect(await ask(session, { ':path': '/readyz', x: 'y'.repeat(20_000) })).toMatchObject({ status: 200 });
  session.destroy();
});

test('WebSockets and HTTP/1.1 go on as before, a byte at a time too', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say('Hello.') } });
  await using socket = await connect(`${gateway.url}/ws/model?model=anthropic`);
  socket.send('Hi');
  expect(await socket.next()).toBe('Hello.');
  for (const [start, status] of [
    ['GET /readyz', 200],
    // It begins as the preface of HTTP/2 does.
    ['PROPFIND /readyz', 404],
  ] as const) {
    const tcp = connectTcp(gateway.server.port, '127.0.0.1');
    tcp.setNoDelay(true);
    const answer = text(tcp);
    for (const letter of `${start} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`) {
      tcp.write(letter);
      await new Promise(setImmediate);
    }
    expect(await answer).toMatch(new RegExp(`^HTTP/1.1 ${status}`));
  }
});

test('a server that stops lets what runs over HTTP/2 end, and takes nothing new', async () => {
  const gate = Promise.withResolvers<void>();
  const gateway = await startGateway({
    env: { STREAMBED_DRAIN_MS: '10000' },
    emulator: {
      script: () => failing(say(['one ', 'two']), { type: 'stall', after: 3, until: gate.promise }),
    },
  });
  const session = open(gateway.url);
  const idle = open(gateway.url);
  await once(idle, 'connect');
  const stream = session.request({ ':method': 'POST', ':path': '/model/claude-haiku/converse-stream' });
  stream.end(JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }));
  const [head] = (await once(stream, 'response')) as [Record<string, unknown>];
  expect(head[':status']).toBe(200);
  const left = once(session, 'goaway');
  const stopping = gateway.server.stop();
  await Promise.all([left, once(idle, 'close')]);
  gate.resolve();
  expect(await text(stream)).toContain('messageStop');
  await stopping;
  await gateway[Symbol.asyncDispose]();
});

test('a connection that never says what it speaks is closed', async () => {
  await using both = await startBoth({ headMs: 30 });
  for (const said of ['', 'PRI * HTTP/2']) {
    const tcp = connectTcp(both.port, '127.0.0.1');
    tcp.on('error', () => {});
    tcp.write(said);
    await once(tcp, 'close');
  }
});

test('a request that does not come to its end is ended', async () => {
  const seen = Promise.withResolvers<void>();
  await using both = await startBoth({ wholeMs: 30 }, () => seen.resolve());
  const session = open(both.url);
  const stream = session.request({ ':method': 'POST', ':path': '/' });
  stream.on('error', () => {});
  stream.write('a beginning');
  await seen.promise;
  await once(stream, 'close');
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
  session.destroy();
});

test('a connection on which nothing runs is closed; one that waits for its answer is not', async () => {
  const answer = Promise.withResolvers<void>();
  await using both = await startBoth({ idleMs: 30 }, async (_request, response) => {
    await answer.promise;
    response.end('late');
  });
  const waiting = open(both.url);
  const asked = ask(waiting, { ':path': '/' });
  const idle = open(both.url);
  await once(idle, 'close');
  answer.resolve();
  expect((await asked).body).toBe('late');
  await once(waiting, 'close');
});

test('closing does not wait for connections that have said nothing', async () => {
  const both = await startBoth({});
  const tcp = connectTcp(both.port, '127.0.0.1');
  tcp.on('error', () => {});
  await once(tcp, 'connect');
  const gone = once(tcp, 'close');
  await both[Symbol.asyncDispose]();
  await gone;
});
