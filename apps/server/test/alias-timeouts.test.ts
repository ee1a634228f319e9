import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failing, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { ask, openFrameSocket, openModelSocket, startGateway, stopOf, upstreamGone } from './gateway.ts';

/** The alias is told to wait for little; everything else has the defaults, which are minutes. */
const file = (timeouts: string) => `aliases:
  hasty:
    timeouts: { ${timeouts} }
    targets: [{ model: us.anthropic.claude-haiku-4-5-20251001-v1:0 }]
`;
const question = [{ role: 'user', content: 'Hello' }];
const messages = { model: 'hasty', max_tokens: 10, messages: question };
const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] };

/** Each surface with a stream, and what its clients read of the failure. */
const surfaces: readonly [string, string, object][] = [
  ['our own API', '/streambed/v1/generations', { request: messages }],
  ['Anthropic', '/v1/messages', { ...messages, stream: true }],
  ['OpenAI chat', '/v1/chat/completions', { model: 'hasty', messages: question, stream: true }],
  ['OpenAI responses', '/v1/responses', { model: 'hasty', input: 'Hello', stream: true }],
  ['Bedrock', '/model/hasty/converse-stream', converse],
];

/** What keeps the model waiting, what the alias allows, and what it is called. */
interface Wait {
  readonly code: string;
  readonly when: string;
  readonly timeouts: string;
  /** Attempts that are made: a silent target isn't asked again, and this alias has no other. */
  readonly attempts: number;
  /** After so many events nothing comes any more; nothing at all after none, not even the head. */
  readonly stall?: 'headers' | number;
}

const waits: readonly Wait[] = [
  // A door that opens, and behind it nobody says a word.
  {
    code: 'SB_TIMEOUT_CONNECT',
    when: 'before there is a connection',
    timeouts: 'connect_ms: 150',
    attempts: 2,
  },
  {
    code: 'SB_TIMEOUT_FIRST_EVENT',
    when: 'before the head',
    timeouts: 'first_event_ms: 150',
    attempts: 1,
    stall: 'headers',
  },
  {
    code: 'SB_TIMEOUT_FIRST_EVENT',
    when: 'after the head',
    timeouts: 'first_event_ms: 150',
    attempts: 1,
    stall: 0,
  },
  // Before the first event the status says it; after it the stream does.
  {
    code: 'SB_TIMEOUT_TOTAL',
    when: 'after the first event',
    timeouts: 'first_event_ms: 60000, total_ms: 150',
    attempts: 1,
    stall: 1,
  },
  { code: 'SB_TIMEOUT_IDLE', when: 'in the middle', timeouts: 'idle_ms: 150', attempts: 1, stall: 4 },
];

/** Far less than any default, which would be minutes, and than a busy machine needs. */
const patienceMs = 20_000;

const tuning = { bedrock: { retry: { attempts: 2, maxDelayMs: 10 }, breaker: { failures: 1_000 } } } as const;

/** A server for TLS that takes connections and never answers. */
async function silentServer() {
  const sockets = new Set<Socket>();
  let taken = 0;
  const server = createServer((socket) => {
    taken += 1;
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    get taken() {
      return taken;
    },
    get open() {
      return sockets.size;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

test.each(waits)('the deadlines of an alias count on every surface: $code, $when', async (wait) => {
  const { code, timeouts, attempts, stall } = wait;
  const folder = mkdtempSync(join(tmpdir(), 'streambed-hasty-'));
  const config = join(folder, 'streambed.yaml');
  writeFileSync(config, file(timeouts));
  try {
    await using silent = await silentServer();
    await using gateway = await startGateway({
      emulator: {
        ...(stall !== undefined && {
          script: () => failing(say(['One ', 'two ', 'three.']), { type: 'stall', after: stall }),
        }),
      },
      ...(stall === undefined && { env: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: silent.url } }),
      argv: ['--config', config],
      tuning,
    });
    const asked = () => (stall === undefined ? silent.taken : gateway.emulator.requests.length);
    /** The true end, in time, after as many attempts as there may be. */
    const inTime = async <T>(name: string, ask: () => Promise<T>): Promise<T> => {
      const [before, startedAt] = [asked(), performance.now()];
      const answer = await ask();
      expect({ name, inTime: performance.now() - startedAt < patienceMs }).toEqual({ name, inTime: true });
      expect({ name, attempts: asked() - before }).toEqual({ name, attempts });
      return answer;
    };
    for (const [name, path, body] of surfaces) {
      await inTime(name, async () => {
        const response = await fetch(`${gateway.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        });
        const generation = response.headers.get('x-streambed-generation');
        const text = await response.text();
        const standing = await fetch(`${gateway.url}/streambed/v1/generations/${generation}`);
        expect({ name, standing: await standing.json() }).toMatchObject({
          name,
          standing: { state: 'failed', stop: { state: 'failed', error: { code }, bedrock: { attempts } } },
        });
        // Whatever the words are: it is no good end.
        expect({ name, text }).not.toMatchObject({
          text: expect.stringMatching(
            /message_stop|\[DONE\]|response\.completed|messageStop|"state":"completed"/,
          ),
        });
      });
    }
    await using client = await openFrameSocket(gateway);
    await inTime('/ws', async () => {
      client.send(ask('one', 'go', { request: messages }));
      expect(stopOf(await client.untilStop())).toMatchObject({ state: 'failed', error: { code } });
    });
    await using plain = await openModelSocket(gateway, 'model=hasty&streaming=1');
    await inTime('/ws/model', async () => {
      plain.send('go');
      expect((await plain.until((said) => said.startsWith('error:'))).at(-1)).toContain(code);
    });
    // Nothing is left of any attempt: neither a place here nor a request there.
    await expect.poll(() => gateway.server.load()).toMatchObject({ generations: 0, waiting: 0, upstream: 0 });
    // A handshake that nobody waits for any more ends with the connection pool's own deadline.
    await expect.poll(() => silent.open, { timeout: patienceMs }).toBe(0);
    await upstreamGone(gateway, 5_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
