import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { failing, type Script, say, startEmulator } from '@streambed/bedrock-emulator';
import { expect, onTestFinished, test } from 'vitest';
import { startGateway } from '../apps/server/test/gateway.ts';
import { answerText, type Client, type ConnectionState, createClient } from '../packages/client/src/index.ts';
import { serverOfTomorrow } from './support/server-of-tomorrow.ts';
import { startAsChild, upstreamAt } from './support/servers.ts';
import { until } from './support/until.ts';

/** Clients and servers are not replaced at the same moment: each meets a younger one. */

const words = Array.from({ length: 40 }, (_, index) => `word${index} `);
const whole = words.join('');
const reconnect = { firstMs: 10, longestMs: 50, apartMs: 5 };
const ask = (client: Client, prompt: string) =>
  client.generate({ model: 'anthropic', messages: [{ role: 'user', content: prompt }] });

const isConnected = ({ state }: ConnectionState) => state === 'connected';

/** A client of today, the address it knows, and the emulator far behind that. */
async function setUp(script: Script, argv: readonly string[] = []) {
  const data = mkdtempSync(join(tmpdir(), 'streambed-newer-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const emulator = await startEmulator({ pace: 'instant', script });
  const settings = upstreamAt(emulator.url, {
    argv,
    env: { STREAMBED_DATA_DIR: data },
  });
  const first = await startAsChild(settings);
  const address = await serverOfTomorrow(first.url);
  const client = createClient({ url: address.url, reconnect });
  return {
    emulator,
    address,
    client,
    /** Ends the server as a power cut does, and starts it again on its data. */
    restart: async () => {
      first.signal('SIGKILL');
      await first.exited;
      const second = await startAsChild(settings);
      onTestFinished(() => second[Symbol.asyncDispose]());
      return second;
    },
    async [Symbol.asyncDispose]() {
      client.close();
      await address[Symbol.asyncDispose]();
      await first[Symbol.asyncDispose]();
      await emulator.idle();
      await emulator.stop();
    },
  };
}

test('a server that comes back with a newer protocol and more to say: the client of before goes on', async () => {
  await using at = await setUp(({ prompt }) =>
    prompt === 'stalls' ? failing(say(words), { type: 'stall', after: 20 }) : say(words),
  );
  const { client, address, restart } = at;
  const cut = ask(client, 'stalls');
  await until(cut, (snapshot) => answerText(snapshot).length > 20);
  const seen = answerText(cut.get());
  address.move('one day', 'http://127.0.0.1:1');
  const second = await restart();
  address.move('tomorrow', second.url);

  const ended = await cut.ended;
  expect(ended.phase).toBe('interrupted');
  expect(ended.stop?.error?.code).toBe('SB_INTERRUPTED');
  expect(answerText(ended).startsWith(seen)).toBe(true);
  expect(whole.startsWith(answerText(ended))).toBe(true);
  expect(address.handshakes.at(-1)?.chosen).toBe('streambed.v1');

  const next = await ask(client, 'once more').ended;
  expect(next.phase).toBe('completed');
  expect(answerText(next)).toBe(whole);
});

test('a server that no longer speaks our protocol: what had come is kept, the end says so, and nothing breaks', async () => {
  const script: Script = () => failing(say(words), { type: 'stall', after: 20 });
  await using at = await setUp(script, ['--resume-seconds', '1']);
  const { client, address, restart } = at;
  const cut = ask(client, 'go');
  await until(cut, (snapshot) => answerText(snapshot).length > 20);
  const seen = answerText(cut.get());
  address.move('one day', 'http://127.0.0.1:1');
  const second = await restart();
  const ended = await cut.ended;
  expect(ended.phase).toBe('interrupted');
  expect(answerText(ended).startsWith(seen)).toBe(true);
  expect(address.handshakes.at(-1)).toEqual({ offered: ['streambed.v1'], chosen: undefined });
  expect(isConnected(client.connection.state.get())).toBe(false);
  // Whoever takes the new server back finds the client waiting.
  address.move('tomorrow', second.url);
  await until(client.connection.state, isConnected);
});

test('a younger client that still speaks our protocol is served; one that does not is told which there is', async () => {
  await using gateway = await startGateway();
  const url = `${gateway.url.replace(/^http/, 'ws')}/ws`;
  const both = new WebSocket(url, ['streambed.v2', 'streambed.v1']);
  const [{ data }] = (await once(both, 'message')) as [MessageEvent<string>];
  expect(both.protocol).toBe('streambed.v1');
  expect(JSON.parse(data)).toMatchObject({ type: 'hello', protocol: 'streambed.v1' });
  both.close();
  await once(both, 'close');

  const asked = http.get(`${gateway.url}/ws`, {
    headers: {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': 'streambed.v2',
    },
  });
  const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
  expect(response.statusCode).toBe(400);
  expect(JSON.parse(await text(response))).toMatchObject({
    error: { code: 'SB_BAD_REQUEST', message: expect.stringContaining('streambed.v1') },
  });
});
