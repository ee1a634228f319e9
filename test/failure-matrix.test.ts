import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, failing, type Script, say, startEmulator } from '@streambed/bedrock-emulator';
import type { EventFrame, ServerFrame } from '@streambed/protocol/frames';
import { expect, onTestFinished, test } from 'vitest';
import {
  ask,
  folded,
  lastSeq,
  openFrameSocket,
  stopOf,
  textOf,
  untilText,
} from '../apps/server/test/gateway.ts';
import { type ChildServer, startAsChild, startInProcess, upstreamAt } from './support/servers.ts';

const words = Array.from({ length: 80 }, (_, index) => `word${index} `);
const whole = words.join('');

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-matrix-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The program on a data folder that outlives it. */
function startOn(data: string, emulator: Emulator, argv: readonly string[] = []): Promise<ChildServer> {
  return startAsChild(upstreamAt(emulator.url, { argv, env: { STREAMBED_DATA_DIR: data } }));
}

const events = (frames: readonly ServerFrame[]) =>
  frames.filter((frame): frame is EventFrame => frame.type === 'event');

/** Reads a generation from the start to its end. */
async function readAgain(url: string, id: string): Promise<readonly ServerFrame[]> {
  await using client = await openFrameSocket({ url });
  client.send({ type: 'attach', id });
  const frames = await client.untilStop();
  lastSeq(frames);
  return frames;
}

test('kill -9 in mid-stream, then a restart on the same data: every event that was seen is there', async () => {
  const data = aFolder();
  await using emulator = await startEmulator({
    pace: { firstTokenMs: 1, tokensPerSecond: 150, jitter: 0.5 },
    seed: 1,
    // None ends by itself, however slow the machine is.
    script: () => failing(say(words), { type: 'stall', after: 75 }),
  });
  const ids = Array.from({ length: 40 }, () => randomUUID());
  const seen = new Map<string, readonly EventFrame[]>();
  {
    await using server = await startOn(data, emulator);
    const clients = await Promise.all(
      ids.map(async (id, index) => {
        const client = await openFrameSocket(server);
        client.send(ask(id, 'go'));
        // Some are further than others when it happens.
        return { client, id, frames: [...(await untilText(client, 1 + index * 5))] };
      }),
    );
    server.signal('SIGKILL');
    await server.exited;
    for (const { client, id, frames } of clients) {
      await client.socket.closed;
      const rest = client.socket.messages.map((text) => JSON.parse(text) as ServerFrame);
      expect(rest.length).toBeGreaterThanOrEqual(frames.length);
      seen.set(id, events(rest));
    }
  }
  await emulator.idle();

  await using server = await startOn(data, emulator);
  for (const id of ids) {
    const before = seen.get(id) ?? [];
    const frames = await readAgain(server.url, id);
    expect(stopOf(frames)).toMatchObject({ state: 'interrupted', error: { code: 'SB_INTERRUPTED' } });
    expect(whole.startsWith(textOf(frames))).toBe(true);
    expect(textOf(frames).startsWith(textOf(before))).toBe(true);
    // Who comes back goes on after what it has.
    await using client = await openFrameSocket(server);
    const after = lastSeq(before);
    client.send({ type: 'attach', id, after });
    const rest = await client.untilStop();
    lastSeq(rest, after);
    expect(textOf(before) + textOf(rest)).toBe(textOf(frames));
  }
  // The id still names what was interrupted: the model does not run again.
  const requests = emulator.requests.length;
  await using client = await openFrameSocket(server);
  client.send(ask(ids[0] as string, 'go'));
  expect(stopOf(await client.untilStop()).state).toBe('interrupted');
  expect(emulator.requests).toHaveLength(requests);
}, 60_000);

test('what had ended before a kill -9 is whole after it', async () => {
  const data = aFolder();
  await using emulator = await startEmulator({ pace: 'instant', script: () => say(words) });
  const id = randomUUID();
  let before: readonly ServerFrame[];
  {
    await using server = await startOn(data, emulator);
    await using client = await openFrameSocket(server);
    client.send(ask(id, 'go'));
    before = await client.untilStop();
    server.signal('SIGKILL');
    await server.exited;
  }
  await using server = await startOn(data, emulator);
  const after = await readAgain(server.url, id);
  expect(folded(after)).toEqual(folded(before));
  expect(stopOf(after)).toEqual(stopOf(before));
});

test('SIGTERM under 200 running streams: what can end ends whole, the rest interrupted, all of it kept', async () => {
  const data = aFolder();
  const script: Script = ({ prompt }) =>
    prompt === 'stalls'
      ? failing(say(words), { type: 'stall', after: 20 })
      : { ...say(words), pace: { firstTokenMs: 1, tokensPerSecond: 100, jitter: 0.3 } };
  await using emulator = await startEmulator({ script, pace: 'instant', seed: 1 });
  const ids = Array.from({ length: 200 }, (_, index) => ({ id: randomUUID(), stalls: index % 4 === 0 }));
  const ends = new Map<string, readonly ServerFrame[]>();
  {
    await using server = await startOn(data, emulator, ['--drain-ms', '3000']);
    await Promise.all(
      Array.from({ length: 20 }, async (_, socket) => {
        const client = await openFrameSocket(server);
        const mine = ids.slice(socket * 10, socket * 10 + 10);
        for (const { id, stalls } of mine) client.send(ask(id, stalls ? 'stalls' : 'go'));
        const names = new Map<string, string>();
        const frames = new Map<string, ServerFrame[]>(mine.map(({ id }) => [id, []]));
        let signalled = false;
        for (let ended = 0; ended < mine.length; ) {
          const frame = await client.next();
          if (frame.type === 'accepted') names.set(frame.generation, frame.id);
          if (names.size === mine.length && socket === 0 && !signalled) {
            signalled = true;
            // Every socket has begun by now, or is refused; either is told.
            await emulator.received(ids.length);
            server.signal('SIGTERM');
          }
          if (frame.type !== 'event') continue;
          frames.get(names.get(frame.generation) ?? '')?.push(frame);
          if (frame.event.type === 'generation_stop') ended += 1;
        }
        for (const [id, all] of frames) ends.set(id, all);
        expect((await client.socket.closed).code).toBe(1001);
      }),
    );
    expect(await server.exited).toMatchObject({ code: 0 });
  }
  await emulator.idle();
  for (const { id, stalls } of ids) {
    const frames = ends.get(id) ?? [];
    lastSeq(frames);
    expect(stopOf(frames).state).toBe(stalls ? 'interrupted' : 'completed');
    if (!stalls) expect(textOf(frames)).toBe(whole);
  }
  await using server = await startOn(data, emulator);
  for (const { id } of ids.slice(0, 8)) {
    expect(textOf(await readAgain(server.url, id))).toBe(textOf(ends.get(id) ?? []));
  }
}, 60_000);

test('asked again under a new id, the old generation is still there to attach to', async () => {
  let turn = 0;
  const script: Script = () => {
    turn += 1;
    return say([`answer ${turn}`]);
  };
  await using emulator = await startEmulator({ pace: 'instant', script });
  await using server = await startInProcess(upstreamAt(emulator.url));
  await using client = await openFrameSocket(server);
  for (const id of ['old', 'new']) {
    client.send(ask(id, 'the same question'));
    await client.untilStop();
  }
  client.send({ type: 'attach', id: 'old' });
  expect(textOf(await client.untilStop())).toBe('answer 1');
});
