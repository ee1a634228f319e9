import type { Socket } from 'node:net';
import { failing, type Script, say } from '@streambed/bedrock-emulator';
import type { AcceptedFrame, EventFrame, ServerFrame } from '@streambed/protocol/frames';
import { expect, test } from 'vitest';
import {
  ask,
  byHeader,
  type FrameSocket,
  type Gateway,
  lastSeq,
  openFrameSocket,
  startGateway,
  stopOf,
  textOf,
  untilText,
} from '../../test/gateway.ts';

const words = Array.from({ length: 60 }, (_, index) => `word${index} `);
const whole = words.join('');

/** Says all words, but waits after so many events until it is opened. */
function gated(after: number) {
  const gate = Promise.withResolvers<void>();
  const script: Script = () => failing(say(words), { type: 'stall', after, until: gate.promise });
  return { script, open: gate.resolve };
}
const stalling: Script = () => failing(say(words), { type: 'stall', after: 10 });

/** Leaves as a lost connection does. */
async function drop(client: FrameSocket): Promise<void> {
  client.socket.socket.terminate();
  await client.socket.closed;
}

async function accepted(client: FrameSocket): Promise<AcceptedFrame> {
  return (await client.until('accepted')).at(-1) as AcceptedFrame;
}

test('a generation outlives its socket, and a reader that comes back goes on strictly after what it has', async () => {
  const model = gated(12);
  await using gateway = await startGateway({ emulator: { script: model.script } });
  const one = await openFrameSocket(gateway);
  one.send(ask('mine', 'go'));
  const { generation } = await accepted(one);
  const before = await untilText(one, 20);
  await drop(one);
  model.open();
  await gateway.emulator.idle();

  await using two = await openFrameSocket(gateway);
  const after = lastSeq(before);
  two.send({ type: 'attach', generation, after, ref: 'again' });
  const frames = await two.untilStop();
  expect(frames[1]).toMatchObject({
    type: 'attached',
    ref: 'again',
    id: 'mine',
    generation,
    head: expect.any(Number),
  });
  expect(frames[1]).not.toHaveProperty('reset');
  lastSeq(frames, after);
  expect(textOf(before) + textOf(frames)).toBe(whole);
  expect(stopOf(frames).state).toBe('completed');
});

test.each(['before the first token', 'in mid-text', 'after the end'])(
  'a reload %s loses nothing',
  async (when) => {
    const first = when === 'before the first token';
    const model = gated(first ? 0 : 12);
    await using gateway = await startGateway({ emulator: { script: model.script } });
    const one = await openFrameSocket(gateway);
    one.send(ask('mine', 'go'));
    await accepted(one);
    if (when === 'in mid-text') await untilText(one, 10);
    if (when === 'after the end') {
      model.open();
      await one.untilStop();
    }
    await drop(one);
    await using two = await openFrameSocket(gateway);
    two.send({ type: 'attach', id: 'mine' });
    await two.until('attached');
    model.open();
    const frames = await two.untilStop();
    lastSeq(frames);
    expect(textOf(frames)).toBe(whole);
  },
);

test('five reconnects within one generation: every token once', async () => {
  await using gateway = await startGateway({
    emulator: { script: () => say(words), pace: { firstTokenMs: 1, tokensPerSecond: 40, jitter: 0 } },
  });
  let after = 0;
  let text = '';
  let visits = 0;
  for (let ended = false; !ended; visits += 1) {
    const client = await openFrameSocket(gateway);
    client.send(visits === 0 ? ask('mine', 'go') : { type: 'attach', id: 'mine', after });
    const frames: ServerFrame[] = [];
    // Five times it leaves as soon as it has something new; on a slow machine there may be less to leave.
    while (!ended && (visits >= 5 || textOf(frames) === '')) {
      const frame = await client.next();
      frames.push(frame);
      ended = frame.type === 'event' && frame.event.type === 'generation_stop';
    }
    after = lastSeq(frames, after);
    text += textOf(frames);
    await drop(client);
  }
  expect(text).toBe(whole);
  expect(visits).toBeGreaterThan(1);
  expect(gateway.emulator.requests).toHaveLength(1);
});

test('attached twice at once, from two sockets, both get all of it', async () => {
  const model = gated(12);
  await using gateway = await startGateway({ emulator: { script: model.script } });
  await using one = await openFrameSocket(gateway);
  await using two = await openFrameSocket(gateway);
  one.send(ask('mine', 'go'));
  const start = await untilText(one, 10);
  two.send({ type: 'attach', id: 'mine' });
  const late = await untilText(two, 10);
  model.open();
  expect(textOf([...start, ...(await one.untilStop())])).toBe(whole);
  expect(textOf([...late, ...(await two.untilStop())])).toBe(whole);
});

test('attaching again on one socket moves the cursor, and nothing of the old reading follows', async () => {
  const model = gated(12);
  await using gateway = await startGateway({ emulator: { script: model.script } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('mine', 'go'));
  await untilText(client, 20);
  for (const after of [0, 3, 1]) client.send({ type: 'attach', id: 'mine', after });
  for (let attached = 0; attached < 3; ) if ((await client.next()).type === 'attached') attached += 1;
  model.open();
  const frames = await client.untilStop();
  lastSeq(frames, 1);
});

test('who has more than there is starts over', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say(words) } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('mine', 'go'));
  await client.untilStop();
  client.send({ type: 'attach', id: 'mine', after: 100_000 });
  const frames = await client.untilStop();
  expect(frames[0]).toMatchObject({ type: 'attached', reset: true, state: 'completed' });
  lastSeq(frames);
  expect(textOf(frames)).toBe(whole);
  // What has piled up comes merged.
  expect(frames.length).toBeLessThan(words.length);
});

test('detached, the events stop, and the generation goes on', async () => {
  const model = gated(12);
  await using gateway = await startGateway({ emulator: { script: model.script } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('mine', 'go'));
  const before = await untilText(client, 20);
  client.send({ type: 'detach', id: 'mine', ref: 1 });
  const more = await client.until('ok');
  expect(more.at(-1)).toMatchObject({ ref: 1, state: 'running' });
  model.open();
  await gateway.emulator.idle();
  client.send({ type: 'attach', id: 'mine', after: lastSeq([...before, ...more]) });
  expect((await client.next()).type).toBe('attached');
  const rest = await client.untilStop();
  expect(textOf([...before, ...more, ...rest])).toBe(whole);
});

test('of someone else there is nothing: not to read, not to cancel, not to detach, by either name', async () => {
  await using gateway = await startGateway({ emulator: { script: stalling }, tuning: byHeader });
  await using mine = await openFrameSocket(gateway, { 'x-user': 'me' });
  await using theirs = await openFrameSocket(gateway, { 'x-user': 'them' });
  await theirs.until('hello');
  mine.send(ask('secret', 'go'));
  const { generation } = await accepted(mine);
  for (const type of ['attach', 'detach', 'cancel'] as const) {
    theirs.send({ type, generation });
    const foreign = await theirs.next();
    theirs.send({ type, generation: 'gen_none' });
    expect(await theirs.next()).toEqual(foreign);
    expect(foreign).toMatchObject({ type: 'error', error: { code: 'SB_NOT_FOUND' } });
  }
  theirs.send({ type: 'attach', id: 'secret' });
  expect(await theirs.next()).toMatchObject({ type: 'error', error: { code: 'SB_NOT_FOUND' } });
  // Their own generation may have the same id.
  theirs.send(ask('secret', 'something else'));
  expect((await accepted(theirs)).generation).not.toBe(generation);
  await gateway.emulator.received(2);
  expect(gateway.emulator.open).toBe(2);
});

test('on_disconnect: cancel ends what nobody has read for a while, and only that', async () => {
  await using gateway = await startGateway({
    emulator: { script: stalling },
    tuning: { abandonMs: 50 },
  });
  await using watcher = await openFrameSocket(gateway);
  const one = await openFrameSocket(gateway);
  one.send(ask('goes', 'go', { on_disconnect: 'cancel' }));
  one.send(ask('stays', 'go', { on_disconnect: 'cancel' }));
  one.send(ask('continues', 'go'));
  for (let seen = 0; seen < 3; ) if ((await one.next()).type === 'accepted') seen += 1;
  watcher.send({ type: 'attach', id: 'stays' });
  await watcher.until('attached');
  await drop(one);
  await using two = await openFrameSocket(gateway);
  // Reading it again would keep it: its end is waited for by a watch.
  two.send({ type: 'watch', topic: 'generations' });
  let states: Record<string, string> = {};
  while (states.goes !== 'cancelled') {
    const frame = await two.next();
    if (frame.type === 'changed' && frame.topic === 'generations')
      states = { ...states, ...Object.fromEntries(frame.items.map(({ id, state }) => [id, state])) };
  }
  expect(states).toEqual({ goes: 'cancelled', stays: 'running', continues: 'running' });
});

test('gone within a millisecond of the start, it runs on and can be found', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say(words) } });
  const one = await openFrameSocket(gateway);
  one.send(ask('quick', 'go'));
  one.socket.socket.close();
  await one.socket.closed;
  await gateway.emulator.received(1);
  await using two = await openFrameSocket(gateway);
  two.send({ type: 'attach', id: 'quick' });
  expect(textOf(await two.untilStop())).toBe(whole);
});

test('cancelled from another socket, twice, before its first token: one end, said to all', async () => {
  const script: Script = () => failing(say(words), { type: 'stall', after: 'headers' });
  await using gateway = await startGateway({ emulator: { script } });
  await using one = await openFrameSocket(gateway);
  await using two = await openFrameSocket(gateway);
  one.send(ask('mine', 'go'));
  const { generation } = await accepted(one);
  two.send({ type: 'cancel', generation, ref: 1 });
  two.send({ type: 'cancel', id: 'mine', ref: 2 });
  for (const ref of [1, 2]) {
    expect((await two.until('ok')).at(-1)).toMatchObject({ ref, generation, state: 'cancelled' });
  }
  expect(stopOf(await one.untilStop()).state).toBe('cancelled');
  await gateway.emulator.idle();
});

test('the same id after a reconnect names the same generation', async () => {
  const model = gated(12);
  await using gateway = await startGateway({ emulator: { script: model.script } });
  const one = await openFrameSocket(gateway);
  one.send(ask('mine', 'go'));
  const { generation } = await accepted(one);
  await drop(one);
  await using two = await openFrameSocket(gateway);
  two.send(ask('mine', 'go'));
  expect((await accepted(two)).generation).toBe(generation);
  model.open();
  expect(textOf(await two.untilStop())).toBe(whole);
  expect(gateway.emulator.requests).toHaveLength(1);
});

test('a watcher is told what begins and ends, and a late one what has changed since', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say(words) }, tuning: byHeader });
  await using client = await openFrameSocket(gateway);
  await using other = await openFrameSocket(gateway, { 'x-user': 'two' });
  client.send({ type: 'watch', topic: 'generations', ref: 1 });
  const [, ok, all] = await client.until('changed');
  expect(ok).toMatchObject({ type: 'ok', ref: 1, rev: expect.any(Number) });
  expect(all).toMatchObject({ reset: true, items: [] });
  other.send(ask('theirs', 'go'));
  await other.untilStop();
  client.send(ask('mine', 'go'));
  const seen: string[] = [];
  while (!seen.includes('completed')) {
    const frame = await client.next();
    if (frame.type !== 'changed' || frame.topic !== 'generations') continue;
    for (const { id, state } of frame.items) {
      expect(id).toBe('mine');
      seen.push(state);
    }
  }
  const rev = ok?.type === 'ok' ? ok.rev : undefined;
  await using late = await openFrameSocket(gateway);
  late.send({ type: 'watch', topic: 'generations', after: rev });
  const change = (await late.until('changed')).at(-1);
  expect(change).toMatchObject({ items: [{ id: 'mine', state: 'completed', model: 'anthropic' }] });
  expect(change).not.toHaveProperty('reset');
});

test('a flood on one generation does not delay another on the same socket', async () => {
  const flood = Array.from({ length: 40_000 }, (_, index) => `${'x'.repeat(40)}${index} `);
  const script: Script = ({ prompt }) => say(prompt === 'flood' ? flood : words);
  await using gateway: Gateway = await startGateway({ emulator: { script } });
  await using client = await openFrameSocket(gateway);
  const request = {
    model: 'anthropic',
    max_tokens: 64_000,
    messages: [{ role: 'user', content: 'flood' }],
  };
  client.send(ask('flood', '', { request }));
  const flooding = await accepted(client);
  await client.until('event');
  client.send(ask('small', 'go'));
  let floodAfter = 0;
  let small: string | undefined;
  for (let ended = 0; ended < 2; ) {
    const frame = await client.next();
    if (frame.type === 'accepted') small = frame.generation;
    if (frame.type !== 'event') continue;
    const { generation, event } = frame as EventFrame;
    if (event.type === 'generation_stop') ended += 1;
    // The small one is done long before the flood is.
    if (generation === flooding.generation && ended === 1) floodAfter += 1;
    if (generation === small && event.type === 'generation_stop') expect(ended).toBe(1);
  }
  expect(floodAfter).toBeGreaterThan(100);
}, 60_000);

test('erased while it is read, its reader is told which, and hears no more of it', async () => {
  const flood = Array.from({ length: 60_000 }, (_, index) => `${'word'.repeat(20)}${index} `);
  await using gateway = await startGateway({
    emulator: { script: ({ prompt }) => say(prompt === 'flood' ? flood : ['fine']) },
  });
  const request = { model: 'anthropic', max_tokens: 64_000, messages: [{ role: 'user', content: 'flood' }] };
  await using client = await openFrameSocket(gateway);
  await client.until('hello');
  const tcp = (client.socket.socket as unknown as { readonly _socket: Socket })._socket;
  tcp.pause();
  client.send(ask('flood', '', { request }));
  await gateway.emulator.received(1);
  await gateway.emulator.idle();
  const erased = await fetch(`${gateway.url}/streambed/v1/generations/flood`, { method: 'DELETE' });
  expect(erased.status).toBe(204);
  tcp.resume();
  const frames = await client.until('error');
  const accepted = frames.find((frame) => frame.type === 'accepted');
  expect(frames.at(-1)).toMatchObject({
    type: 'error',
    generation: accepted?.generation,
    error: { code: 'SB_NOT_FOUND' },
  });
  lastSeq(frames);
  client.send(ask('next', 'hello'));
  expect(textOf(await client.untilStop())).toBe('fine');
}, 60_000);
