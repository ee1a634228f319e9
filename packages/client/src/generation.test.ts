import { emptyMessage, fold, type GenerationEvent } from '@streambed/protocol';
import type { EventFrame } from '@streambed/protocol/frames';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../test/manual-clock.ts';
import { hello, manualSockets } from '../test/manual-socket.ts';
import { createConnection } from './connection.ts';
import { type GenerateOptions, type Generation, startGeneration } from './generation.ts';

const generationId = 'gen_1' as EventFrame['generation'];

function setUp(options: GenerateOptions = {}, connected = true) {
  const clock = new ManualClock();
  const line = manualSockets();
  const connection = createConnection({
    url: 'ws://x/ws',
    openSocket: line.openSocket,
    clock,
    random: () => 0,
  });
  connection.open();
  if (connected) line.last.say(hello);
  const request = { model: 'anthropic', messages: [{ role: 'user' as const, content: 'Hi' }] };
  const generation = startGeneration(connection, request, options, clock);
  const accept = () =>
    line.last.say({
      type: 'accepted',
      id: generation.id,
      generation: generationId,
      state: 'running',
      head: 0,
    });
  const event = (seq: number, event: GenerationEvent, from?: number) =>
    line.last.say({ type: 'event', generation: generationId, seq, event, ...(from && { from }) });
  return { clock, line, connection, generation, accept, event };
}

const text = (piece: string): GenerationEvent => ({
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: piece },
});
const opening: GenerationEvent = {
  type: 'content_block_start',
  index: 0,
  content_block: { type: 'text', text: '' },
};
const ending: GenerationEvent = {
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: { output_tokens: 2 },
  cost: { status: 'unknown' },
  timing: { first_event_ms: 5, total_ms: 9 },
};

function written(generation: Generation): unknown {
  return generation.get().message.content.map((block) => block.text);
}

test('events become a message, and its phases follow what comes', async () => {
  const { generation, line, accept, event } = setUp({ id: 'mine' });
  expect(line.last.sent).toMatchObject([{ type: 'generate', id: 'mine' }]);
  expect(generation.get().phase).toBe('waiting');
  accept();
  event(1, { type: 'message_start', message: { ...emptyMessage, id: 'msg_1', model: 'claude' } });
  expect(generation.get().phase).toBe('waiting');
  event(2, { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } });
  expect(generation.get().phase).toBe('thinking');
  event(3, { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } });
  event(4, { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hello' } });
  expect(generation.get().phase).toBe('writing');
  event(5, ending);
  const end = await generation.ended;
  expect(end).toMatchObject({ phase: 'completed', stop: ending, cancelling: false });
  expect(end.message).toMatchObject({ id: 'msg_1', usage: { output_tokens: 2 } });
  expect((await Array.fromAsync(generation)).map(({ type }) => type)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_start',
    'content_block_delta',
    'generation_stop',
  ]);
});

test('whatever is repeated, overlapping or missing, the text is a true prefix and no token is there twice', () => {
  const pieces = Array.from({ length: 12 }, (_, place) => `<${place}>`);
  const frame = fc.record({ from: fc.integer({ min: 1, max: 12 }), length: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
      const { generation, accept, event } = setUp();
      accept();
      event(1, opening);
      for (const { from, length } of frames) {
        const merged = pieces.slice(from - 1, from - 1 + length);
        event(from + merged.length, text(merged.join('')), from + 1);
      }
      const [shown] = written(generation) as string[];
      expect(pieces.join('').startsWith(shown ?? '')).toBe(true);
      expect(['waiting', 'writing', 'interrupted']).toContain(generation.get().phase);
    }),
  );
});

test('in any order of repeats, a complete run is complete', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), (repeats) => {
      const { generation, accept, event } = setUp();
      const events = [opening, ...Array.from({ length: 8 }, (_, place) => text(`${place} `)), ending];
      accept();
      for (const [place, next] of events.entries()) {
        event(place + 1, next);
        for (const repeat of repeats) if (repeat <= place) event(repeat + 1, events[repeat] ?? next);
      }
      expect(generation.get().message).toEqual(events.reduce(fold, emptyMessage));
      expect(generation.get().phase).toBe('completed');
    }),
  );
});

test('a line that breaks in mid-answer ends it interrupted, with what had arrived', async () => {
  const { generation, line, accept, event } = setUp();
  accept();
  event(1, opening);
  event(2, text('half of '));
  line.last.break();
  const end = await generation.ended;
  expect(end.phase).toBe('interrupted');
  expect(end.stop?.error).toMatchObject({ code: 'SB_CONNECTION_LOST', retryable: true });
  expect(written(generation)).toEqual(['half of ']);
});

test('asked while offline, it is sent once, as soon as there is a line', () => {
  const { generation, line } = setUp({}, false);
  expect(generation.get().phase).toBe('connecting');
  line.last.say(hello);
  expect(generation.get().phase).toBe('waiting');
  expect(line.last.sent.length).toBe(1);
});

test('it does not wait for a line for ever', async () => {
  const { generation, clock } = setUp({}, false);
  clock.advance(60_000);
  expect(await generation.ended).toMatchObject({ phase: 'failed', stop: { error: { type: 'unavailable' } } });
});

test('a rejection is a failure that says why', async () => {
  const { generation, line } = setUp();
  const error = { type: 'not_found', code: 'SB_UNKNOWN_MODEL', message: 'No.', retryable: false } as const;
  line.last.say({ type: 'rejected', id: generation.id, error });
  expect(await generation.ended).toMatchObject({ phase: 'failed', stop: { error } });
});

test('cancelling asks the server once, and what it still wrote is kept', async () => {
  const { generation, line, accept, event } = setUp();
  accept();
  event(1, opening);
  event(2, text('a'));
  generation.cancel();
  generation.cancel();
  expect(line.last.sent.slice(1)).toEqual([{ type: 'cancel', id: generation.id }]);
  expect(generation.get()).toMatchObject({ phase: 'writing', cancelling: true });
  event(3, text('b'));
  event(4, { ...ending, state: 'cancelled' });
  expect(await generation.ended).toMatchObject({ phase: 'cancelled', cancelling: false });
  expect(written(generation)).toEqual(['ab']);
});

test('cancelling works before it was sent, before the first token, and with a server that never answers', async () => {
  const early = setUp({ signal: AbortSignal.abort() }, false);
  expect(await early.generation.ended).toMatchObject({ phase: 'cancelled' });
  early.line.last.say(hello);
  expect(early.line.last.sent).toEqual([]);

  const abort = new AbortController();
  const waiting = setUp({ signal: abort.signal });
  abort.abort();
  expect(waiting.line.last.sent.at(-1)).toEqual({ type: 'cancel', id: waiting.generation.id });
  waiting.clock.advance(5_000);
  expect(await waiting.generation.ended).toMatchObject({ phase: 'cancelled' });
});

test('once it has ended, nothing of it is left on the connection or the clock', async () => {
  const { clock, connection, generation, accept, event } = setUp();
  accept();
  event(1, ending);
  await generation.ended;
  event(2, text('late'));
  expect(written(generation)).toEqual([]);
  connection.close();
  expect(clock.pending).toBe(0);
});

test('a request larger than one frame fails before it is sent', async () => {
  const { generation } = setUp({ id: 'x'.repeat(2_000) });
  expect(await generation.ended).toMatchObject({
    phase: 'failed',
    stop: { error: { code: 'SB_TOO_LARGE' } },
  });
});
