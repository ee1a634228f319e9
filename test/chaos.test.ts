import { randomUUID } from 'node:crypto';
import { type Fault, say, startEmulator } from '@streambed/bedrock-emulator';
import type { GenerationEvent } from '@streambed/protocol';
import type { EventFrame, ServerFrame } from '@streambed/protocol/frames';
import { expect, test } from 'vitest';
import { nativeText } from './support/frames.ts';
import { times } from './support/long.ts';
import { type Random, seededRandom } from './support/random.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';
import { connect, type TestSocket } from './support/websocket.ts';

const clients = 24;
const promptsEach = times(6);

/** The pieces of the answer to a prompt: long enough to break off in its middle. */
const piecesOf = (prompt: string) => Array.from({ length: 40 }, (_, index) => `${prompt}/${index} `);

/**
 * An upstream that fails in every way it knows, clients that leave and cancel as they like: whoever stays gets, for
 * every prompt, whole text or the start of it and one clear end.
 */
test(
  'whatever breaks, every answer has one end, and nothing is lost, repeated or left running',
  async () => {
    const random = seededRandom('chaos');
    await using emulator = await startEmulator({
      pace: 'instant',
      seed: random.seed,
      script: ({ prompt }) => say(piecesOf(prompt)),
      faults: () => anyFault(random),
    });
    await using server = await startInProcess(
      upstreamAt(emulator.url, {
        env: { STREAMBED_TIMEOUT_FIRST_EVENT_MS: '2000', STREAMBED_TIMEOUT_IDLE_MS: '2000' },
      }),
    );

    const ends: string[] = [];
    await Promise.all(
      Array.from({ length: clients }, async (_, client) => {
        for (let prompt = 0; prompt < promptsEach; prompt += 1) {
          const name = `${client}.${prompt}`;
          const end =
            client % 2 === 0
              ? await askFramed(server.url, name, random)
              : await askPlain(server.url, name, random);
          ends.push(end);
        }
      }),
    );
    expect(ends).toHaveLength(clients * promptsEach);
    // The dice are worth something only if all of it happens.
    const kinds = new Set(ends.map((end) => end.split(' ')[0]));
    expect([...kinds]).toEqual(expect.arrayContaining(['completed', 'failed', 'left']));

    await emulator.idle();
    expect(emulator.open).toBe(0);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  },
  times(60_000),
);

/** Most requests go well; the others fail in one of the ways there are. */
function anyFault(random: Random): Fault | undefined {
  if (random.next() < 0.5) return undefined;
  const after = random.integer(0, 30);
  const faults: readonly Fault[] = [
    { type: 'error', name: 'ThrottlingException' },
    { type: 'error', name: 'ValidationException', message: 'No.' },
    { type: 'error', name: 'InternalServerException' },
    { type: 'exception', name: 'modelStreamErrorException', after },
    { type: 'exception', name: 'throttlingException', after: 0 },
    { type: 'cut', at: 'headers' },
    { type: 'cut', at: 'mid-frame', after },
    { type: 'cut', at: 'mid-frame', after, clean: true },
    { type: 'cut', at: 'before-stop', clean: true },
    { type: 'corrupt', after },
    { type: 'stall', after, ms: 30 },
    { type: 'stall', after: 'headers', ms: 30 },
    { type: 'empty' },
  ];
  return faults[random.integer(0, faults.length - 1)];
}

/** One generation over `/ws`; perhaps the client leaves or cancels in its middle. How it ended. */
async function askFramed(url: string, name: string, random: Random): Promise<string> {
  await using socket = await connect(`${url}/ws`, { protocol: 'streambed.v1' });
  const leavesAfter = random.next() < 0.15 ? random.integer(0, 10) : undefined;
  const cancelsAfter = random.next() < 0.15 ? random.integer(0, 10) : undefined;
  const id = randomUUID();
  const messages = [{ role: 'user', content: name }];
  socket.send(
    JSON.stringify({ type: 'generate', id, request: { model: 'anthropic', max_tokens: 500, messages } }),
  );
  const frames: EventFrame[] = [];
  for (let seen = 0; ; seen += 1) {
    if (seen === leavesAfter) return 'left';
    if (seen === cancelsAfter) socket.send(JSON.stringify({ type: 'cancel', id }));
    const frame = JSON.parse(await socket.next()) as ServerFrame;
    expect(frame.type).not.toBe('rejected');
    if (frame.type !== 'event') continue;
    expect(frame.from ?? frame.seq).toBe((frames.at(-1)?.seq ?? 0) + 1);
    frames.push(frame);
    if (frame.event.type === 'generation_stop') break;
  }
  const events = frames.map(({ event }) => event);
  return checkedEnd(name, events, textOf(events));
}

function checkedEnd(name: string, events: readonly GenerationEvent[], text: string): string {
  const whole = piecesOf(name).join('');
  const stop = events.at(-1);
  if (stop?.type !== 'generation_stop') throw new Error('the last event is no generation_stop');
  if (stop.state === 'completed') {
    expect(text).toBe(whole);
    expect(stop.error).toBeUndefined();
    expect(events.at(-2)).toEqual({ type: 'message_stop' });
    return 'completed';
  }
  expect(whole.startsWith(text), `${name} has text that was never said`).toBe(true);
  if (stop.state === 'failed') expect(stop.error).toMatchObject({ code: expect.stringMatching(/^SB_/) });
  else expect(stop.state).toBe('cancelled');
  return `${stop.state} ${stop.error?.code ?? ''}`;
}

const textOf = (events: readonly GenerationEvent[]) =>
  events.map((event) => nativeText(event as unknown as Record<string, unknown>)).join('');

/** One prompt over `/ws/model`; perhaps the client leaves in its middle. How it ended. */
async function askPlain(url: string, name: string, random: Random): Promise<string> {
  const streaming = random.next() < 0.7;
  await using socket: TestSocket = await connect(
    `${url}/ws/model?model=${random.next() < 0.5 ? 'anthropic' : 'llama3'}&streaming=${streaming}`,
  );
  const leavesAfter = random.next() < 0.15 ? random.integer(0, 5) : undefined;
  const whole = piecesOf(name).join('');
  socket.send(name);
  let text = '';
  for (let seen = 0; ; seen += 1) {
    if (seen === leavesAfter) return 'left';
    const message = await socket.next();
    if (message.startsWith('error: ')) {
      expect(message).toMatch(/\(SB_[A-Z_]+\)$/);
      return `failed ${message}`;
    }
    text += message;
    expect(whole.startsWith(text), `${name} has text that was never said: ${text}`).toBe(true);
    if (text === whole) return 'completed';
  }
}
