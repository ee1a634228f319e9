import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { Socket } from 'node:net';
import { say, startEmulator } from '@streambed/bedrock-emulator';
import type { GenerationEvent } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { ask, openFrameSocket } from '../apps/server/test/gateway.ts';
import { readServerSentEvents } from '../packages/client/src/sse.ts';
import { ChaosReader, ignoreLost, readByHttp, readBySocket, takeFrame } from './support/chaos-reader.ts';
import { randomFrom } from './support/random.ts';
import { startAsChild, upstreamAt } from './support/servers.ts';

const readers = 20;
/** How long they read at their pace; the long form goes past the minute after which a reader may be dropped. */
const seconds = process.env.TEST_LONG ? 150 : 5;
const words = Array.from({ length: 50_000 }, (_, index) => `${'x'.repeat(80)}${index} `);
const whole = words.join('');
const patient = { leavesAtOnce: false, leavesAfter: Number.POSITIVE_INFINITY, dawdlesMs: 0 };
const request = { model: 'anthropic', max_tokens: 64_000, messages: [{ role: 'user', content: 'go' }] };

/** A reader that takes what it is told to. */
interface SlowReader {
  readonly reader: ChaosReader;
  /** Takes a kilobyte. */
  sip(): void;
  /** Takes the rest, to the end of the answer or of the line: who is too slow is dropped. */
  rest(): Promise<void>;
}

async function bySocket(url: string): Promise<SlowReader> {
  const reader = new ChaosReader('flood', true);
  const client = await openFrameSocket({ url });
  await client.until('hello');
  const tcp = (client.socket.socket as unknown as { readonly _socket: Socket })._socket;
  client.send({ type: 'attach', id: 'flood' });
  tcp.pause();
  return {
    reader,
    sip: () => tcp.read(1024),
    async rest() {
      tcp.resume();
      while (!takeFrame(await client.next(), reader));
      await client[Symbol.asyncDispose]();
    },
  };
}

async function byHttp(url: string): Promise<SlowReader> {
  const reader = new ChaosReader('flood', true);
  const asked = http.get(`${url}/streambed/v1/generations/flood/events`, { agent: false });
  const [response] = (await once(asked, 'response')) as [http.IncomingMessage];
  const taken: Buffer[] = [];
  return {
    reader,
    sip() {
      const some = response.read(1024) as Buffer | null;
      if (some !== null) taken.push(some);
    },
    async rest() {
      const rest = (async () => {
        for await (const chunk of response) taken.push(chunk as Buffer);
      })();
      await rest.catch(ignoreLost);
      for await (const { name, id, data } of readServerSentEvents(
        new Blob([Buffer.concat(taken)]).stream(),
      )) {
        if (name !== 'attached') reader.take(JSON.parse(data) as GenerationEvent, reader.seq + 1, Number(id));
      }
    },
  };
}

test.runIf(process.platform === 'linux')(
  `${readers} readers at 1 KB/s on a fast stream: nobody waits for them, memory stays flat, and the text is complete`,
  async () => {
    await using emulator = await startEmulator({ pace: 'instant', script: () => say(words) });
    await using server = await startAsChild(upstreamAt(emulator.url));
    const rss = () =>
      Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
    await using quick = await openFrameSocket(server);
    const start = rss();
    quick.send(ask('alone', '', { request }));
    await quick.untilStop();
    const alone = rss();

    quick.send(ask('flood', '', { request }));
    await quick.until('accepted');
    const slow = await Promise.all(
      Array.from({ length: readers }, (_, index) => (index % 2 === 0 ? bySocket : byHttp)(server.url)),
    );
    // The model is done, and whoever reads has all of it, while the slow ones have hardly begun.
    await quick.untilStop();
    await emulator.idle();
    let most = 0;
    for (let second = 0; second < seconds; second += 1) {
      for (const reader of slow) reader.sip();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      most = Math.max(most, rss());
    }
    // A second log as large as the first is there now. Each reader would hold 12 MB if what waits were kept for it.
    console.info(`memory: ${start.toFixed()} MB, ${alone.toFixed()} MB, at most ${most.toFixed()} MB`);
    expect(most - alone).toBeLessThan(alone - start + 3 * readers);
    expect(slow.some(({ reader }) => reader.stop !== undefined)).toBe(false);

    await Promise.all(slow.map((each) => each.rest().catch(ignoreLost)));
    for (const [index, { reader }] of slow.entries()) {
      // Who was dropped comes back for the rest.
      while (reader.stop === undefined) {
        const reading =
          index % 2 === 0
            ? readBySocket(server.url, reader, patient)
            : readByHttp(server.url, reader, patient, 'events', randomFrom(index));
        await reading.catch(ignoreLost);
      }
      expect(reader.text === whole).toBe(true);
    }
  },
  300_000,
);
