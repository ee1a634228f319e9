import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { expect, test } from 'vitest';
import { chunkFrame, claudeEvents, llamaEvents } from './support/frames.ts';
import { seededRandom } from './support/random.ts';
import { type Exchange, modelAndOperation, startReplayServer } from './support/replay-server.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

const good = 97;
const deltasEach = 60;

/** The pieces of the answer to prompt number `n`: no two sockets expect the same text. */
const answer = (n: number, count = deltasEach) =>
  Array.from({ length: count }, (_, index) => `${n}.${index} `);

test('100 sockets at once, one slow, one leaving, one sending garbage: every other answer is whole', async () => {
  const gate = Promise.withResolvers<void>();
  let started = 0;
  // Every answer waits after its first piece of text until all of them have begun: they do stream at once.
  const begin = (frames: readonly Uint8Array[], first: number, ending?: Exchange['ending']): Exchange => {
    started += 1;
    if (started === good + 2) gate.resolve();
    return {
      status: 200,
      headers: { 'Content-Type': 'application/vnd.amazon.eventstream' },
      body: Buffer.concat(frames),
      hold: { after: Buffer.concat(frames.slice(0, first)).length, gate: gate.promise },
      ...(ending !== undefined && { ending }),
    };
  };
  // More than the kernel's buffers hold, so that the server does have to wait for its reader.
  const slowPieces = answer(998, 20_000).map((piece) => piece.padEnd(500, '~'));
  await using replay = await startReplayServer({
    random: seededRandom('places to cut a hundred streams'),
    answer: ({ path, body }) => {
      const n = Number(/prompt (\d+)/.exec(body.toString('utf8'))?.[1]);
      if (n === 999) {
        const unfinished = claudeEvents(answer(n)).slice(0, 10);
        return begin(
          unfinished.map((event) => chunkFrame(event)),
          3,
          'open',
        );
      }
      const llama = modelAndOperation(path)?.modelId.includes('llama') === true;
      const pieces = n === 998 ? slowPieces : answer(n);
      const events = llama ? llamaEvents(pieces) : claudeEvents(pieces);
      return begin(
        events.map((event) => chunkFrame(event)),
        llama ? 1 : 3,
      );
    },
  });
  await using server = await startInProcess(upstreamAt(replay.url));

  const ask = async (n: number) => {
    const model = n % 2 === 0 ? 'anthropic' : 'llama3';
    const socket = await connect(`${server.url}/ws/model?model=${model}&streaming=1`);
    socket.send(`prompt ${n}`);
    return socket;
  };

  const slow = await ask(998);
  slow.socket.pause();
  const leaving = await ask(999);
  const garbage = await sendGarbage(server.url);
  const sockets = await Promise.all(Array.from({ length: good }, (_, n) => ask(n)));

  await leaving.next();
  leaving.socket.close();

  await Promise.all(
    sockets.map(async (socket, n) => {
      const pieces = answer(n);
      let text = '';
      await socket.until((message) => {
        text += message;
        return text.length >= pieces.join('').length;
      });
      expect(text).toBe(pieces.join(''));
      // Nothing more comes: the next message answers the next prompt.
      await socket[Symbol.asyncDispose]();
      expect(socket.messages.join('')).toBe(pieces.join(''));
    }),
  );

  // A slow reader doesn't slow its upstream down: all of it is over, the abandoned one too.
  await replay.idle();
  expect(replay.open).toBe(0);

  // And it has lost nothing: it was only late.
  slow.socket.resume();
  const expected = slowPieces.join('');
  let text = '';
  await slow.until((message) => {
    text += message;
    return text.length >= expected.length;
  });
  expect(text === expected).toBe(true);
  // What waited for it was merged, not kept piece by piece.
  expect(slow.messages.length).toBeLessThan(slowPieces.length);
  await slow[Symbol.asyncDispose]();

  await garbage;
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

/** Opens a WebSocket by hand, then sends what is no WebSocket frame. Resolves when the server has hung up. */
async function sendGarbage(url: string): Promise<void> {
  const { hostname, port, host } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `GET /ws/model?model=anthropic&streaming=1 HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\n` +
      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString('latin1')).toMatch(/^HTTP\/1\.1 101/);
  socket.resume();
  socket.write(Buffer.from(Array.from({ length: 2048 }, (_, index) => (index * 197 + 255) % 256)));
  await once(socket, 'close');
}
