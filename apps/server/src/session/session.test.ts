import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { ask, lastSeq, openFrameSocket, startGateway, stopOf, textOf } from '../../test/gateway.ts';

const echo: Script = ({ prompt }) => say(['You said: ', ...prompt.split(/(?<= )/)]);
/** Says two words, then nothing until the client leaves. */
const stalling: Script = () => failing(say(['one ', 'two ', 'three']), { type: 'stall', after: 4 });

test('says hello first: the limits, and what answers', async () => {
  await using gateway = await startGateway();
  await using client = await openFrameSocket(gateway);
  expect(await client.next()).toMatchObject({
    type: 'hello',
    protocol: 'streambed.v1',
    limits: { max_frame_bytes: 1024 * 1024, max_generations: 32 },
    upstream: { kind: 'bedrock', region: 'us-east-1' },
  });
});

test('a generation is accepted, then every event comes once, in order, with one end', async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('first', 'a b c', { ref: 7 }));
  const frames = await client.untilStop();
  expect(frames[1]).toMatchObject({ type: 'accepted', id: 'first', ref: 7, state: 'running', head: 0 });
  expect(textOf(frames)).toBe('You said: a b c');
  expect(lastSeq(frames)).toBeGreaterThan(5);
  expect(stopOf(frames)).toMatchObject({ state: 'completed', stop_reason: 'end_turn' });
});

test('with stream: false the events come merged, at the end', async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('whole', 'a b c d e', { stream: false }));
  const frames = await client.untilStop();
  const deltas = frames.filter(
    (frame) => frame.type === 'event' && frame.event.type === 'content_block_delta',
  );
  expect(deltas).toHaveLength(1);
  expect(textOf(frames)).toBe('You said: a b c d e');
  lastSeq(frames);
});

test('many generations share one socket, and one that stalls holds up no other', async () => {
  const script: Script = (request) => (request.prompt === 'stall' ? stalling(request) : echo(request));
  await using gateway = await startGateway({ emulator: { script } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('slow', 'stall'));
  for (let index = 0; index < 10; index += 1) client.send(ask(`id-${index}`, `prompt ${index}`));
  const byGeneration = new Map<string, string>();
  for (let ended = 0; ended < 10; ) {
    const frame = await client.next();
    if (frame.type !== 'event') continue;
    byGeneration.set(frame.generation, (byGeneration.get(frame.generation) ?? '') + textOf([frame]));
    if (frame.event.type === 'generation_stop') ended += 1;
  }
  const texts = [...byGeneration.values()].filter((text) => text.startsWith('You said'));
  expect(texts.sort()).toEqual(Array.from({ length: 10 }, (_, index) => `You said: prompt ${index}`));
});

test('the same id with the same request names the same generation and runs the model once', async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('once', 'hello'));
  const first = await client.untilStop();
  client.send(ask('once', 'hello'));
  const second = await client.untilStop();
  expect(second[0]).toMatchObject({ type: 'accepted', state: 'completed', head: lastSeq(first) });
  expect(textOf(second)).toBe(textOf(first));
  expect(gateway.emulator.requests).toHaveLength(1);

  client.send(ask('once', 'something else'));
  expect(await client.next()).toMatchObject({
    type: 'rejected',
    id: 'once',
    error: { code: 'SB_ID_REUSED' },
  });
});

test('the same id sent twice at once is followed once', async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('twice', 'hello'));
  client.send(ask('twice', 'hello'));
  const frames = await client.untilStop();
  expect(frames.filter(({ type }) => type === 'accepted')).toHaveLength(2);
  lastSeq(frames);
  expect(gateway.emulator.requests).toHaveLength(1);
});

test('cancelling ends the upstream request and the generation, as often as it is said', async () => {
  await using gateway = await startGateway({ emulator: { script: stalling } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('mine', 'go'));
  await client.until('event');
  client.send({ type: 'cancel', id: 'mine', ref: 'c1' });
  const frames = await client.until('ok');
  expect(frames.at(-1)).toMatchObject({ ref: 'c1', state: 'cancelled' });
  client.send({ type: 'cancel', id: 'mine' });
  expect((await client.until('ok')).at(-1)).toMatchObject({ state: 'cancelled' });
  await gateway.emulator.idle();
});

test('what is cancelled before its first token ends cancelled too', async () => {
  const script: Script = () => failing(say('never'), { type: 'stall', after: 'headers' });
  await using gateway = await startGateway({ emulator: { script } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('early', 'go'));
  client.send({ type: 'cancel', id: 'early' });
  const stop = stopOf(await client.untilStop());
  expect(stop.state).toBe('cancelled');
  expect(stop.error).toBeUndefined();
});

test('an id that is cancelled before it is seen never asks the model', async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using client = await openFrameSocket(gateway);
  client.send({ type: 'cancel', id: 'ahead' });
  expect((await client.until('ok')).at(-1)).toMatchObject({ state: 'cancelled' });
  client.send(ask('ahead', 'hello'));
  const frames = await client.untilStop();
  expect(stopOf(frames).state).toBe('cancelled');
  expect(lastSeq(frames)).toBe(1);
  expect(gateway.emulator.requests).toHaveLength(0);
});

test('cancelling a generation that is not there is said so', async () => {
  await using gateway = await startGateway();
  await using client = await openFrameSocket(gateway);
  client.send({ type: 'cancel', generation: 'gen_none', ref: 1 });
  expect((await client.until('error')).at(-1)).toMatchObject({ ref: 1, error: { code: 'SB_NOT_FOUND' } });
});

test('what is known to be wrong is rejected, and there is no generation', async () => {
  await using gateway = await startGateway();
  await using client = await openFrameSocket(gateway);
  client.send({
    ...ask('unknown', 'x'),
    request: { model: 'gpt-9', messages: [{ role: 'user', content: 'x' }] },
  });
  expect((await client.until('rejected')).at(-1)).toMatchObject({
    id: 'unknown',
    error: { code: 'SB_UNKNOWN_MODEL' },
  });
  client.send({ type: 'generate', id: 'wrong', ref: 2, request: { model: 'anthropic', messages: [] } });
  expect(await client.next()).toMatchObject({
    type: 'rejected',
    id: 'wrong',
    ref: 2,
    error: { code: 'SB_BAD_REQUEST', field: 'request.messages' },
  });
  expect(gateway.emulator.requests).toHaveLength(0);
});

test('what the upstream refuses is an end with its error', async () => {
  const script: Script = () => failing(say('never'), { type: 'error', name: 'AccessDeniedException' });
  await using gateway = await startGateway({ emulator: { script } });
  await using client = await openFrameSocket(gateway);
  client.send(ask('denied', 'x'));
  const stop = stopOf(await client.untilStop());
  expect(stop).toMatchObject({ state: 'failed', error: { upstream: { name: 'AccessDeniedException' } } });
});

test('a frame that cannot be read is an error frame, and the socket lives', async () => {
  await using gateway = await startGateway({ emulator: { script: echo } });
  await using client = await openFrameSocket(gateway);
  await client.until('hello');
  const wrong: readonly [string | Uint8Array, object][] = [
    ['{', { code: 'SB_BAD_JSON' }],
    ['{"type":"dance","ref":3}', { code: 'SB_UNKNOWN_FRAME', field: 'type' }],
    ['{"type":"cancel"}', { code: 'SB_BAD_REQUEST' }],
    ['[]', { code: 'SB_UNKNOWN_FRAME' }],
    ['null', { code: 'SB_UNKNOWN_FRAME' }],
    [new Uint8Array([1, 2, 3]), { code: 'SB_BAD_JSON' }],
    [`{"type":"generate","id":"big","x":"${'x'.repeat(1024 * 1024)}"}`, { code: 'SB_TOO_LARGE' }],
  ];
  for (const [message, error] of wrong) {
    client.socket.send(message);
    expect(await client.next()).toMatchObject({ type: 'error', error });
  }
  client.send(ask('after', 'hello'));
  expect(textOf(await client.untilStop())).toBe('You said: hello');
});

test('a client that keeps sending garbage is closed with 4002', async () => {
  await using gateway = await startGateway();
  await using client = await openFrameSocket(gateway);
  for (let index = 0; index < 20; index += 1) client.socket.send('garbage');
  expect((await client.socket.closed).code).toBe(4002);
});

test('a message past the hard bound is cut off while it arrives', async () => {
  await using gateway = await startGateway();
  await using client = await openFrameSocket(gateway);
  client.socket.send('x'.repeat(5 * 1024 * 1024));
  expect((await client.socket.closed).code).toBe(1009);
});

test('a socket may run so many generations at once, and the next when one has ended', async () => {
  await using gateway = await startGateway({
    emulator: { script: stalling },
    argv: ['--max-generations-per-socket', '2'],
  });
  await using client = await openFrameSocket(gateway);
  for (const id of ['a', 'b', 'c']) client.send(ask(id, 'go'));
  expect((await client.until('rejected')).at(-1)).toMatchObject({
    id: 'c',
    error: { code: 'SB_TOO_MANY_GENERATIONS' },
  });
  client.send({ type: 'cancel', id: 'a' });
  await client.until('ok');
  client.send(ask('d', 'go'));
  expect((await client.until('accepted')).at(-1)).toMatchObject({ id: 'd' });
});

test('the server as a whole runs so many generations at once', async () => {
  await using gateway = await startGateway({
    emulator: { script: stalling },
    argv: ['--max-generations', '1', '--queue-ms', '0'],
  });
  await using one = await openFrameSocket(gateway);
  await using two = await openFrameSocket(gateway);
  one.send(ask('a', 'go'));
  await one.until('event');
  two.send(ask('b', 'go'));
  expect((await two.until('rejected')).at(-1)).toMatchObject({ error: { code: 'SB_TOO_MANY_GENERATIONS' } });
});

test('pings are answered by pong, and a client that is silent through two is closed', async () => {
  await using gateway = await startGateway({ tuning: { connection: { heartbeatMs: 20 } } });
  await using silent = await openFrameSocket(gateway);
  expect((await silent.socket.closed).code).toBe(4010);

  await using alive = await openFrameSocket(gateway);
  for (let pings = 0; pings < 6; ) {
    const frame = JSON.parse(await alive.socket.next());
    if (frame.type !== 'ping') continue;
    pings += 1;
    alive.send({ type: 'pong' });
  }
  expect(alive.socket.socket.readyState).toBe(alive.socket.socket.OPEN);
});

test('an answer that outgrows the log ends failed, with what came before it readable', async () => {
  await using gateway = await startGateway({
    emulator: { script: () => say(Array.from({ length: 200 }, (_, index) => `word${index} `)) },
    tuning: { log: { eventsPerGeneration: 50 } },
  });
  await using client = await openFrameSocket(gateway);
  client.send(ask('long', 'go'));
  const frames = await client.untilStop();
  expect(stopOf(frames)).toMatchObject({ state: 'failed', error: { code: 'SB_LOG_FULL' } });
  expect(lastSeq(frames)).toBeLessThanOrEqual(51);
});

test('what has ended is forgotten past its bound, oldest first, and its id never runs the model again', async () => {
  await using gateway = await startGateway({
    emulator: { script: echo },
    tuning: { keep: { generations: 1 } },
  });
  await using client = await openFrameSocket(gateway);
  for (const id of ['a', 'b']) {
    client.send(ask(id, id));
    await client.untilStop();
  }
  client.send(ask('b', 'b'));
  expect((await client.untilStop())[0]).toMatchObject({ type: 'accepted', state: 'completed' });
  client.send(ask('a', 'a'));
  expect(await client.next()).toMatchObject({ type: 'rejected', id: 'a', error: { code: 'SB_EXPIRED' } });
  client.send(ask('a', 'another question'));
  expect(await client.next()).toMatchObject({ type: 'rejected', id: 'a', error: { code: 'SB_ID_REUSED' } });
  client.send({ type: 'attach', id: 'a' });
  expect(await client.next()).toMatchObject({ type: 'error', error: { code: 'SB_EXPIRED' } });
  expect(gateway.emulator.requests).toHaveLength(2);
});

test('auth is answered: nobody has to say who they are', async () => {
  await using gateway = await startGateway();
  await using client = await openFrameSocket(gateway);
  client.send({ type: 'auth', token: 'anything', ref: 1 });
  expect((await client.until('ok')).at(-1)).toMatchObject({ ref: 1, auth: 'not_needed' });
});

test('with a failing disk what must be stored is refused, and what need not be runs in memory', async () => {
  await using gateway = await startGateway({
    emulator: { script: echo },
    tuning: {
      writeAt: async () => {
        throw new Error('ENOSPC: no space left on device');
      },
    },
  });
  await using client = await openFrameSocket(gateway);
  await client.until('hello');
  client.send(ask('insists', 'hello', { store: 'resume' }));
  expect(await client.next()).toMatchObject({
    type: 'rejected',
    error: { code: 'SB_STORE_FAILED', retryable: true },
  });
  client.send(ask('whatever', 'hello'));
  const frames = await client.untilStop();
  expect(frames[0]).toMatchObject({ type: 'accepted', store: 'none' });
  expect(textOf(frames)).toBe('You said: hello');
  client.send(ask('insists', 'hello', { store: 'none' }));
  expect(textOf(await client.untilStop())).toBe('You said: hello');
});
