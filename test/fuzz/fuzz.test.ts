import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type EmulatorOptions, say } from '@streambed/bedrock-emulator';
import { EventStreamDecoder, EventStreamError, encodeMessage } from '@streambed/event-stream';
import { errorTable } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../apps/server/test/gateway.ts';
import { type Random, randomFrom, seededRandom } from '../support/random.ts';
import { root } from '../support/root.ts';
import { mutateBytes, mutateValue, pick } from './mutate.ts';
import { boundMs, exchangeRaw, maskedFrame, upgradeTo } from './raw.ts';

/** A minute for all parts; an hour in `npm run test:long`. `FUZZ_SECONDS` for each part says otherwise. */
const partMs = 1000 * Number(process.env.FUZZ_SECONDS ?? (process.env.TEST_LONG === '1' ? 720 : 12));
const corpus = join(root, 'test', 'fuzz', 'corpus');
const lines = (name: string) => readFileSync(join(corpus, name), 'utf8').trimEnd().split('\n');
const bodies = readdirSync(join(corpus, 'bodies')).map(
  (name) => JSON.parse(readFileSync(join(corpus, 'bodies', name), 'utf8')) as { path: string; body: unknown },
);
const emulator: EmulatorOptions = { script: () => say(['Well, ', 'yes.']) };

/** Runs cases until the time is over, several at once; each has a seed of its own, which a failure names. */
async function fuzz(
  what: string,
  atOnce: number,
  one: (random: Random) => Promise<void> | void,
): Promise<void> {
  const first = seededRandom(`fuzzing ${what}`).seed;
  const until = performance.now() + partMs;
  let cases = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < until) {
        const seed = first + cases;
        cases += 1;
        try {
          await one(randomFrom(seed));
        } catch (thrown) {
          throw new Error(`case of seed ${seed}: ${(thrown as Error).message}`, { cause: thrown });
        }
        // Parts that wait for nothing must let others run.
        if (cases % 100 === 0) await new Promise(setImmediate);
      }
    }),
  );
  console.info(`fuzzing ${what}: ${cases} cases`);
  expect(cases).toBeGreaterThan(10);
}

/** Nothing is held, the server is alive, and memory has not grown without bound. */
async function expectUnharmed({ server, url }: Gateway, heapBefore: number): Promise<void> {
  for (
    let waited = 0;
    Object.values(server.load()).some((held) => held > 0) && waited < 5_000;
    waited += 20
  ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(server.load()).toEqual({ generations: 0, waiting: 0, upstream: 0, sockets: 0 });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(process.memoryUsage().heapUsed - heapBefore).toBeLessThan(400 * 1024 * 1024);
}

/** An error nobody foresaw is a mistake of ours, whatever was sent. */
function expectForeseen(answer: string): void {
  if (answer.includes('SB_INTERNAL') || answer.includes(errorTable.SB_INTERNAL.message)) {
    throw new Error(`an internal error: ${answer.slice(0, 500)}`);
  }
}

const long = partMs + 60_000;

test(
  'whatever bytes come, the event-stream decoder gives messages or its own error',
  async () => {
    const good = Buffer.concat(
      ['a', 'bb', '{"bytes":"e30="}'].map((text, index) =>
        encodeMessage({
          headers: {
            ':event-type': { type: 'string', value: text },
            n: { type: 'long', value: BigInt(index) },
          },
          body: Buffer.from(text.repeat(20)),
        }),
      ),
    );
    await fuzz('the event-stream decoder', 1, (random) => {
      const bytes = mutateBytes(random, good);
      const decoder = new EventStreamDecoder();
      try {
        for (let at = 0; at < bytes.length; ) {
          const to = at + random.integer(1, 200);
          decoder.decode(bytes.subarray(at, to));
          at = to;
        }
        decoder.end();
      } catch (thrown) {
        if (!(thrown instanceof EventStreamError)) throw thrown;
      }
    });
  },
  long,
);

test(
  'whatever a JSON body says, every API answers it, and never with an internal error',
  async () => {
    await using gateway = await startGateway({ emulator });
    const heap = process.memoryUsage().heapUsed;
    await fuzz('bodies', 8, async (random) => {
      const { path, body } = pick(random, bodies);
      const text = JSON.stringify(mutateValue(random, body));
      const sent = random.next() < 0.3 ? mutateBytes(random, Buffer.from(text)) : text;
      const response = await fetch(gateway.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
        body: new Uint8Array(Buffer.from(sent)),
        signal: AbortSignal.timeout(boundMs),
      });
      try {
        expectForeseen(await response.text());
      } catch (thrown) {
        throw new Error(`${path} ${text.slice(0, 2_000)}: ${(thrown as Error).message}`);
      }
    });
    await expectUnharmed(gateway, heap);
  },
  long,
);

test(
  'whatever URL and headers come, there is an answer or a closed connection',
  async () => {
    await using gateway = await startGateway({ emulator });
    const heap = process.memoryUsage().heapUsed;
    const [urls, headers] = [lines('urls.txt'), lines('headers.txt')];
    await fuzz('URLs and headers', 8, async (random) => {
      const method = pick(random, ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'get', 'CONNECT']);
      const some = Array.from({ length: random.integer(0, 5) }, () => pick(random, headers));
      const host = random.next() < 0.8 ? ['host: 127.0.0.1'] : [];
      const head = [
        `${method} ${pick(random, urls)} HTTP/1.1`,
        ...host,
        'connection: close',
        ...some,
        '',
        '',
      ];
      const body = random.next() < 0.5 ? '{"model":"anthropic"}' : '';
      const bytes = Buffer.from(head.join('\r\n') + body);
      const sent = random.next() < 0.7 ? mutateBytes(random, bytes) : bytes;
      expectForeseen(await exchangeRaw(gateway.server.port, sent, random));
    });
    await expectUnharmed(gateway, heap);
  },
  long,
);

for (const [path, protocol] of [
  ['/ws', 'streambed.v1'],
  ['/ws/model?model=anthropic&streaming=1', undefined],
] as const) {
  test(
    `whatever bytes come on ${path}, the socket lives or is closed, and nothing is left`,
    async () => {
      await using gateway = await startGateway({ emulator });
      const heap = process.memoryUsage().heapUsed;
      const frames = lines('frames.txt');
      await fuzz(path, 8, async (random) => {
        const parts = Array.from({ length: random.integer(1, 5) }, () => {
          const line = pick(random, frames);
          const text = random.next() < 0.5 ? line : JSON.stringify(mutateValue(random, JSON.parse(line)));
          const bytes = maskedFrame(text.slice(0, 60_000), pick(random, [1, 1, 1, 1, 2, 0, 8, 9, 10, 3]));
          return random.next() < 0.5 ? bytes : mutateBytes(random, bytes);
        });
        const bytes = Buffer.concat([Buffer.from(upgradeTo(path, protocol)), ...parts]);
        expectForeseen(await exchangeRaw(gateway.server.port, bytes, random));
      });
      await expectUnharmed(gateway, heap);
    },
    long,
  );
}
