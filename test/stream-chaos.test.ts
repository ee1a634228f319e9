import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say, startEmulator } from '@streambed/bedrock-emulator';
import { expect, onTestFinished, test } from 'vitest';
import {
  ChaosReader,
  cancelSomewhere,
  ignoreLost,
  readByHttp,
  readBySocket,
  someVisit,
} from './support/chaos-reader.ts';
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
  const reader = new ChaosReader(randomUUID());
  const { id } = reader;
  const cancels = dice.next() < 0.15;
  while (reader.stop === undefined) await readAWhile(server, reader, dice, cancels);
  check(reader, cancels);
  // Whoever comes late reads the same.
  if (dice.next() < 0.3) {
    const late = new ChaosReader(id, true);
    while (late.stop === undefined) await readAWhile(server, late, dice, false);
    expect(late.text).toBe(reader.text);
    expect(late.stop).toEqual(reader.stop);
  }
  return reader.stop.state;
}

/** A visit by the way that the dice say. */
async function readAWhile(
  server: RestartingServer,
  reader: ChaosReader,
  dice: Random,
  cancels: boolean,
): Promise<void> {
  const url = await server.url();
  const visit = someVisit(dice);
  const way = dice.next();
  const cancelsNow = cancels && dice.next() < 0.5;
  const reading =
    way < 0.5 ? readBySocket(url, reader, visit) : readByHttp(url, reader, visit, by(reader, dice), dice);
  const cancelling = cancelsNow ? cancelSomewhere(url, reader.id, dice) : undefined;
  for (const each of await Promise.allSettled([reading, cancelling])) {
    if (each.status === 'rejected') ignoreLost(each.reason);
  }
}

/** Mostly what fits: what is known is read, what isn't is asked for. Now and then the other way round. */
function by({ accepted }: ChaosReader, dice: Random): 'post' | 'events' {
  return accepted === dice.next() < 0.9 ? 'events' : 'post';
}

function check({ id, text, stop }: ChaosReader, cancels: boolean): void {
  const truth = truthOf(id).join('');
  if (stop?.state === 'completed') {
    expect(text).toBe(truth);
    return;
  }
  expect(truth.startsWith(text), `${id} has text that was never said: ${text}`).toBe(true);
  if (stop?.state === 'cancelled') expect(cancels).toBe(true);
  else expect(stop).toMatchObject({ state: 'interrupted', error: { code: 'SB_INTERRUPTED' } });
}
