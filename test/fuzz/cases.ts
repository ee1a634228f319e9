import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStreamDecoder, EventStreamError, encodeMessage } from '@streambed/event-stream';
import { errorTable } from '@streambed/protocol';
import type { Gateway } from '../../apps/server/test/gateway.ts';
import type { Random } from '../support/random.ts';
import { root } from '../support/root.ts';
import { mutateBytes, mutateValue, pick } from './mutate.ts';
import { boundMs, exchangeRaw, maskedFrame, upgradeTo } from './raw.ts';

/** One case, all of it out of `random`. Throws or rejects where something is wrong. */
export type FuzzCase = (random: Random) => Promise<void> | void;

const corpus = join(root, 'test', 'fuzz', 'corpus');
const lines = (name: string) => readFileSync(join(corpus, name), 'utf8').trimEnd().split('\n');
const bodies = readdirSync(join(corpus, 'bodies')).map(
  (name) => JSON.parse(readFileSync(join(corpus, 'bodies', name), 'utf8')) as { path: string; body: unknown },
);

/** An error nobody foresaw is a mistake of ours, whatever was sent. */
function expectForeseen(answer: string): void {
  if (answer.includes('SB_INTERNAL') || answer.includes(errorTable.SB_INTERNAL.message)) {
    throw new Error(`an internal error: ${answer.slice(0, 500)}`);
  }
}

/** Bytes for the event-stream decoder: it gives messages or throws its own error. */
export function decoderCase(make: () => EventStreamDecoder = () => new EventStreamDecoder()): FuzzCase {
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
  return (random) => {
    const bytes = mutateBytes(random, good);
    const decoder = make();
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
  };
}

/** A JSON body for one of the APIs: it is answered, and never with an internal error. */
export function bodyCase({ url }: Gateway): FuzzCase {
  return async (random) => {
    const { path, body } = pick(random, bodies);
    const text = JSON.stringify(mutateValue(random, body));
    const sent = random.next() < 0.3 ? mutateBytes(random, Buffer.from(text)) : text;
    const response = await fetch(url + path, {
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
  };
}

/** A URL and headers: there is an answer or a closed connection. */
export function headCase({ server }: Gateway): FuzzCase {
  const [urls, headers] = [lines('urls.txt'), lines('headers.txt')];
  return async (random) => {
    const method = pick(random, ['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'get', 'CONNECT']);
    const some = Array.from({ length: random.integer(0, 5) }, () => pick(random, headers));
    const host = random.next() < 0.8 ? ['host: 127.0.0.1'] : [];
    const head = [`${method} ${pick(random, urls)} HTTP/1.1`, ...host, 'connection: close', ...some, '', ''];
    const body = random.next() < 0.5 ? '{"model":"anthropic"}' : '';
    const bytes = Buffer.from(head.join('\r\n') + body);
    const sent = random.next() < 0.7 ? mutateBytes(random, bytes) : bytes;
    expectForeseen(await exchangeRaw(server.port, sent, random));
  };
}

/** WebSocket frames on one of the sockets: it lives or is closed. */
export function frameCase({ server }: Gateway, path: string, protocol?: string): FuzzCase {
  const frames = lines('frames.txt');
  return async (random) => {
    const parts = Array.from({ length: random.integer(1, 5) }, () => {
      const line = pick(random, frames);
      const text = random.next() < 0.5 ? line : JSON.stringify(mutateValue(random, JSON.parse(line)));
      const bytes = maskedFrame(text.slice(0, 60_000), pick(random, [1, 1, 1, 1, 2, 0, 8, 9, 10, 3]));
      return random.next() < 0.5 ? bytes : mutateBytes(random, bytes);
    });
    const bytes = Buffer.concat([Buffer.from(upgradeTo(path, protocol)), ...parts]);
    expectForeseen(await exchangeRaw(server.port, bytes, random, 20));
  };
}
