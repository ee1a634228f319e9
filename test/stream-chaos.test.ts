import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say, startEmulator } from '@streambed/bedrock-emulator';
import type { GenerationStop } from '@streambed/protocol';
import type { ServerFrame } from '@streambed/protocol/frames';
import { expect, onTestFinished, test } from 'vitest';
import { ask, type FrameSocket, openFrameSocket } from '../apps/server/test/gateway.ts';
import { type Random, randomFrom, seededRandom } from './support/random.ts';
import { type ChildServer, startAsChild, upstreamAt } from './support/servers.ts';

/** `npm run test:long` asks for 10,000; `CHAOS_GENERATIONS` for any number. */
const generations = Number(process.env.CHAOS_GENERATIONS ?? (process.env.TEST_LONG ? 10_000 : 300));
const atOnce = 40;

/** The ground truth: what the model says to a prompt. */
const truthOf = (prompt: string) =>
  Array.from({ length: 20 + (prompt.charCodeAt(0) % 40) }, (_, index) => `${prompt.slice(0, 8)}/${index} `);

/** A server that is killed, told to stop and started again on the same data while everybody uses it. */
class RestartingServer {
  readonly #start: () => Promise<ChildServer>;
  #server: Promise<ChildServer>;

  constructor(start: () => Promise<ChildServer>) {
    this.#start = start;
    this.#server = start();
  }

  async url(): Promise<string> {
    return (await this.#server).url;
  }

  async restart(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const old = await this.#server;
    this.#server = (async () => {
      old.signal(signal);
      await old.exited;
      return this.#start();
    })();
    await this.#server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#server)[Symbol.asyncDispose]();
  }
}

/** What a reader has: only ever what came right after what it had. */
interface Reader {
  seq: number;
  text: string;
  stop: GenerationStop | undefined;
  accepted: boolean;
}

test(`${generations} generations, whatever happens to their readers and their server: nothing lost, repeated or left`, async () => {
  const random = seededRandom('stream chaos');
  const data = mkdtempSync(join(tmpdir(), 'streambed-chaos-'));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  await using emulator = await startEmulator({
    pace: { firstTokenMs: 5, tokensPerSecond: 400, jitter: 0.8 },
    seed: random.seed,
    script: ({ prompt }) => say(truthOf(prompt)),
  });
  await using server = new RestartingServer(() =>
    startAsChild(
      upstreamAt(emulator.url, {
        argv: ['--drain-ms', '150'],
        env: { STREAMBED_DATA_DIR: data },
      }),
    ),
  );

  let next = 0;
  let done = 0;
  const ends: Record<string, number> = {};
  const work = Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < generations) {
        const mine = next;
        next += 1;
        // Each has dice of its own: what happens to one does not hang on the order of the others.
        const dice = randomFrom(random.seed + mine);
        const state = await live(server, dice);
        ends[state] = (ends[state] ?? 0) + 1;
        done += 1;
      }
    }),
  );
  const every = Math.max(75, Math.floor(generations / 40));
  let restarts = 0;
  const havoc = (async () => {
    for (let due = every; due < generations; due += every) {
      while (done < due) await new Promise((resolve) => setTimeout(resolve, 20));
      await server.restart(restarts % 2 === 0 ? 'SIGKILL' : 'SIGTERM');
      restarts += 1;
    }
  })();
  await Promise.all([work, havoc]);
  console.info(`stream chaos: ${JSON.stringify(ends)}, ${restarts} restarts`);
  expect(Object.values(ends).reduce((sum, count) => sum + count, 0)).toBe(generations);
  expect(ends.completed).toBeGreaterThan(generations / 4);
  await emulator.idle();
  expect(emulator.open).toBe(0);
}, 3_600_000);

/** One generation and its readers, through everything, to its end. How it ended. */
async function live(server: RestartingServer, dice: Random): Promise<string> {
  const id = randomUUID();
  const reader: Reader = { seq: 0, text: '', stop: undefined, accepted: false };
  const cancels = dice.next() < 0.15;
  while (reader.stop === undefined) await readAWhile(server, id, reader, dice, cancels).catch(ignoreLost);
  check(id, reader, cancels);
  // Whoever comes late reads the same.
  if (dice.next() < 0.3) {
    const late: Reader = { seq: 0, text: '', stop: undefined, accepted: true };
    while (late.stop === undefined) await readAWhile(server, id, late, dice, false).catch(ignoreLost);
    expect(late.text).toBe(reader.text);
    expect(late.stop).toEqual(reader.stop);
  }
  return reader.stop.state;
}

/** Connects, goes on where the reader stands, and leaves when the dice say so. */
async function readAWhile(
  server: RestartingServer,
  id: string,
  reader: Reader,
  dice: Random,
  cancels: boolean,
): Promise<void> {
  await using client = await openFrameSocket({ url: await server.url() });
  if (reader.accepted || dice.next() < 0.2) client.send({ type: 'attach', id, after: reader.seq });
  else client.send(ask(id, id));
  // Gone at once, before anything came: perhaps it has started, perhaps not.
  if (dice.next() < 0.05) return;
  const leavesAfter = dice.next() < 0.5 ? dice.integer(0, 30) : Number.POSITIVE_INFINITY;
  if (cancels && dice.next() < 0.5) await cancelSomewhere(server, client, id, dice);
  if (dice.next() < 0.1) dawdle(client, dice);
  for (let frames = 0; frames < leavesAfter; frames += 1) {
    const frame = await client.next();
    if (frame.type === 'error' && frame.error.code === 'SB_NOT_FOUND') {
      // What was accepted is never unknown afterwards.
      expect(reader.accepted, `${id} was accepted, and is not found`).toBe(false);
      client.send(ask(id, id));
      continue;
    }
    if (frame.type === 'rejected') {
      expect(frame.error.code).toBe('SB_DRAINING');
      return;
    }
    if (take(frame, reader)) return;
  }
}

/** Takes in a frame as a client must. Whether it was the end. */
function take(frame: ServerFrame, reader: Reader): boolean {
  if (frame.type === 'accepted' || frame.type === 'attached') {
    if (frame.type === 'attached') expect(frame.reset).toBeUndefined();
    // A generate that finds what is there already reads it from the start.
    if (frame.type === 'accepted') Object.assign(reader, { seq: 0, text: '' });
    reader.accepted = true;
  }
  if (frame.type !== 'event') return false;
  expect(frame.from ?? frame.seq).toBe(reader.seq + 1);
  reader.seq = frame.seq;
  const { event } = frame;
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
    reader.text += event.delta.text;
  if (event.type !== 'generation_stop') return false;
  reader.stop = event;
  return true;
}

async function cancelSomewhere(
  server: RestartingServer,
  client: FrameSocket,
  id: string,
  dice: Random,
): Promise<void> {
  if (dice.next() < 0.5) return client.send({ type: 'cancel', id });
  await using other = await openFrameSocket({ url: await server.url() });
  other.send({ type: 'cancel', id });
  // Twice: it must make no difference.
  if (dice.next() < 0.3) other.send({ type: 'cancel', id });
  await other.until('ok');
}

/** Reads nothing for a moment. */
function dawdle(client: FrameSocket, dice: Random): void {
  const tcp = (client.socket.socket as unknown as { _socket: Socket })._socket;
  tcp.pause();
  setTimeout(() => tcp.resume(), dice.integer(5, 100));
}

function check(id: string, { text, stop }: Reader, cancels: boolean): void {
  const truth = truthOf(id).join('');
  if (stop?.state === 'completed') {
    expect(text).toBe(truth);
    return;
  }
  expect(truth.startsWith(text), `${id} has text that was never said: ${text}`).toBe(true);
  if (stop?.state === 'cancelled') expect(cancels).toBe(true);
  else expect(stop).toMatchObject({ state: 'interrupted', error: { code: 'SB_INTERRUPTED' } });
}

/** A socket that closes, or a server that is just gone, is what this is about; anything else is not. */
function ignoreLost(thrown: unknown): void {
  const { message, code } = thrown as NodeJS.ErrnoException;
  const lost = /the socket closed|refused: 503|socket hang up/.test(message) || /^ECONN/.test(code ?? '');
  if (!lost) throw thrown;
}
