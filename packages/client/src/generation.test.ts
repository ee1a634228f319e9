import { type ClientId, emptyMessage, fold, type GenerationEvent } from '@streambed/protocol';
import type { EventFrame, GenerateFrame } from '@streambed/protocol/frames';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../test/manual-clock.ts';
import { hello, manualSockets } from '../test/manual-socket.ts';
import { createConnection } from './connection.ts';
import { type Generation, startGeneration } from './generation.ts';
import type { GenerationOrder } from './generation-order.ts';

const tooLarge = {
  type: 'request_too_large',
  code: 'SB_TOO_LARGE',
  message: 'Too much.',
  retryable: false,
} as const;
const generationId = 'gen_1' as EventFrame['generation'];

function setUp(options: GenerationOrder = {}, connected = true) {
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
  /** The server, asked by POST: even there it is too much. */
  const http = {
    start: async ({ id }: GenerateFrame) => ({ type: 'rejected' as const, id, error: tooLarge }),
  };
  const generation = startGeneration(
    { connection, http, clock },
    { ...(options.attach === undefined && { request }), ...options },
  );
  const accept = () =>
    line.last.say({
      type: 'accepted',
      id: generation.id as ClientId,
      generation: generationId,
      state: 'running',
      head: 0,
      store: 'resume',
    });
  /** Answers the last `attach`. */
  const attached = (head: number, more: object = {}) => {
    const { ref } = line.last.sent.findLast(({ type }) => type === 'attach') ?? {};
    line.last.say({ type: 'attached', ref, generation: generationId, state: 'running', head, ...more });
  };
  /** The line breaks, and the next one is there. */
  const reconnect = () => {
    line.last.break();
    while (connection.state.get().state !== 'connecting') clock.advance(100);
    line.last.say(hello);
  };
  const event = (seq: number, event: GenerationEvent, from?: number) =>
    line.last.say({ type: 'event', generation: generationId, seq, event, ...(from && { from }) });
  return { clock, line, connection, generation, accept, attached, reconnect, event };
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

test('a line that breaks is picked up after the last event, however often', async () => {
  const { generation, line, accept, attached, reconnect, event } = setUp();
  accept();
  event(1, opening);
  for (let piece = 2; piece < 7; piece += 1) {
    event(piece, text(`${piece} `));
    line.last.break();
    expect(generation.get().phase).toBe('resuming');
    reconnect();
    expect(line.last.sent).toMatchObject([{ type: 'attach', generation: generationId, after: piece }]);
    attached(piece);
    expect(generation.get()).toMatchObject({ phase: 'writing', resumed: piece - 1 });
  }
  event(7, ending);
  expect(await generation.ended).toMatchObject({ phase: 'completed', seq: 7 });
  expect(written(generation)).toEqual(['2 3 4 5 6 ']);
});

test('whatever the line and the server do, what is shown is a true prefix, and in the end all of it', () => {
  const log = [opening, ...Array.from({ length: 20 }, (_, place) => text(`<${place}>`)), ending];
  const whole = Array.from({ length: 20 }, (_, place) => `<${place}>`).join('');
  const step = fc.record({
    do: fc.constantFrom('break', 'reset', 'stray', 'read', 'read', 'read', 'read'),
    count: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { generation, line, clock, reconnect, event } = setUp();
      let shown = '';
      generation.listen({ onText: (piece) => (shown += piece), onReset: () => (shown = '') });
      let cursor = 0;
      let answered = 0;
      /** The server: answers what was asked since, and reads on from there. */
      const answer = (reset = false) => {
        const asked = line.last.sent.slice(answered);
        answered = line.last.sent.length;
        for (const { type, ref, id, after } of asked as { type: string; [field: string]: unknown }[]) {
          const common = { ref, generation: generationId, state: 'running', head: cursor };
          if (type === 'generate') {
            cursor = 0;
            line.last.say({ ...common, type: 'accepted', id } as never);
          }
          if (type !== 'attach') continue;
          cursor = reset ? 0 : Number(after);
          line.last.say({ ...common, type: 'attached', ...(reset && { reset }) } as never);
        }
      };
      const read = (count: number) => {
        const next = log.slice(cursor, cursor + count);
        const pieces = next.flatMap((one) =>
          one.type === 'content_block_delta' && one.delta.type === 'text_delta' ? [one.delta.text] : [],
        );
        // What can be merged is; the rest comes one by one.
        if (pieces.length === next.length && pieces.length > 1) {
          event(cursor + count, text(pieces.join('')), cursor + 1);
        } else for (const [place, one] of next.entries()) event(cursor + place + 1, one);
        cursor += next.length;
      };
      for (const { do: what, count } of [...steps, ...Array(30).fill({ do: 'read', count: 1 })]) {
        if (generation.get().stop !== undefined) break;
        if (what === 'break' || what === 'reset') {
          reconnect();
          answered = 0;
        }
        answer(what === 'reset');
        if (what === 'stray') event(cursor + count + 1, text('never'));
        if (what === 'read') read(Math.min(count, log.length - cursor));
        answer();
        expect(whole.startsWith(shown)).toBe(true);
        expect((written(generation) as string[]).join('')).toBe(shown);
      }
      expect(generation.get().phase).toBe('completed');
      expect(shown).toBe(whole);
      expect(clock.pending).toBeLessThanOrEqual(1);
    }),
  );
});

test('a line that breaks before the server answered is asked again under the same id', () => {
  const { generation, line, accept, reconnect, event } = setUp();
  const [first] = line.last.sent;
  reconnect();
  expect(line.last.sent).toEqual([first]);
  accept();
  event(1, opening);
  event(2, text('once'));
  expect(written(generation)).toEqual(['once']);
});

test('a reset drops what there was, and readers are told', async () => {
  const { generation, accept, attached, reconnect, event } = setUp();
  const told: string[] = [];
  generation.listen({
    onText: (piece) => told.push(piece),
    onReset: () => told.push('reset'),
    onEnd: ({ phase }) => told.push(phase),
  });
  accept();
  event(1, opening);
  event(2, text('old'));
  reconnect();
  attached(3, { reset: true });
  expect(generation.get()).toMatchObject({ seq: 0, message: emptyMessage });
  event(1, opening);
  event(2, text('ne'));
  event(3, text('w'));
  expect(generation.get().resumed).toBe(1);
  event(4, ending);
  expect(written(generation)).toEqual(['new']);
  expect(told).toEqual(['old', 'reset', 'ne', 'w', 'completed']);
  const types = (await Array.fromAsync(generation)).map(({ type }) => type);
  expect(types.filter((type) => type === 'reset')).toHaveLength(1);
  expect(types.lastIndexOf('content_block_start')).toBeGreaterThan(types.indexOf('reset'));
});

test('events that do not start right after the last one are asked for again, not for ever', async () => {
  const { generation, line, accept, attached, event } = setUp();
  accept();
  event(1, opening);
  event(3, text('late'));
  event(4, text('later'));
  expect(line.last.sent.slice(1)).toMatchObject([{ type: 'attach', after: 1 }]);
  attached(4);
  event(3, text('ab'), 2);
  expect(written(generation)).toEqual(['ab']);
  for (let time = 0; time < 6; time += 1) {
    event(9, text('gap'));
    attached(9);
  }
  expect(await generation.ended).toMatchObject({ phase: 'interrupted' });
  expect(written(generation)).toEqual(['ab']);
});

test('a line that does not come back while the server keeps the answer ends it interrupted, with what had arrived', async () => {
  const { generation, line, clock, accept, event } = setUp();
  accept();
  event(1, opening);
  event(2, text('half of '));
  line.last.break();
  clock.advance(599_999);
  expect(generation.get().phase).toBe('resuming');
  clock.advance(1);
  const end = await generation.ended;
  expect(end.phase).toBe('interrupted');
  expect(end.stop?.error).toMatchObject({ code: 'SB_CONNECTION_LOST', retryable: true });
  expect(written(generation)).toEqual(['half of ']);
  await expect(generation.whole()).rejects.toMatchObject({ code: 'SB_CONNECTION_LOST' });
});

test('a server that lost the answer ends it interrupted', async () => {
  const { generation, line, accept, reconnect, event } = setUp();
  accept();
  event(1, opening);
  reconnect();
  const { ref } = line.last.sent[0] ?? {};
  const error = { type: 'not_found', code: 'SB_NOT_FOUND', message: 'Gone.', retryable: false } as const;
  line.last.say({ type: 'error', ref, error } as never);
  expect(await generation.ended).toMatchObject({ phase: 'interrupted', stop: { error } });
});

test('a reading that breaks off is taken up again where it can be, and otherwise ends it', async () => {
  const { generation, line, clock, accept, event } = setUp();
  accept();
  event(1, opening);
  const broken = (code: string, retryable: boolean) => {
    const error = { type: 'unavailable', code, message: 'Broken off.', retryable };
    line.last.say({ type: 'error', generation: generationId, error } as never);
  };
  broken('SB_STORE_FAILED', true);
  expect(line.last.sent).toHaveLength(1);
  clock.advance(1_000);
  expect(line.last.sent[1]).toMatchObject({ type: 'attach', generation: generationId, after: 1 });
  const { ref } = line.last.sent[1] ?? {};
  const standing = { generation: generationId, state: 'running', head: 1 };
  line.last.say({ type: 'attached', ref, ...standing } as never);
  expect(generation.get().seq).toBe(1);
  broken('SB_NOT_FOUND', false);
  expect(await generation.ended).toMatchObject({
    phase: 'interrupted',
    stop: { error: { code: 'SB_NOT_FOUND' } },
  });
});

test('a reading that breaks off again and again is given up', async () => {
  const { generation, line, clock, accept, event } = setUp();
  accept();
  event(1, opening);
  const error = { type: 'unavailable', code: 'SB_STORE_FAILED', message: 'Broken off.', retryable: true };
  for (let round = 0; round < 31; round += 1) {
    line.last.say({ type: 'error', generation: generationId, error } as never);
    clock.advance(1_000);
    const { ref } = line.last.sent.at(-1) ?? {};
    const standing = { generation: generationId, state: 'running', head: 3 };
    line.last.say({ type: 'attached', ref, ...standing } as never);
  }
  expect((await generation.ended).phase).toBe('interrupted');
  expect(clock.pending).toBe(1);
});

test('cancelled without a line: stopped here at once it is due, and told to the server with the next line', async () => {
  const { generation, line, clock, accept, event } = setUp();
  accept();
  event(1, opening);
  line.last.break();
  generation.cancel();
  expect(generation.get()).toMatchObject({ phase: 'resuming', cancelling: true });
  clock.advance(5_000);
  expect(await generation.ended).toMatchObject({ phase: 'cancelled' });
  clock.advance(15_000);
  line.last.say(hello);
  expect(line.last.sent).toMatchObject([{ type: 'cancel', generation: generationId }]);
  // Not answered: told again with the next one.
  line.last.break();
  clock.advance(15_000);
  line.last.say(hello);
  const [again] = line.last.sent;
  expect(again).toMatchObject({ type: 'cancel', generation: generationId });
  line.last.say({ type: 'ok', ref: again?.ref ?? '', state: 'cancelled' });
  line.last.break();
  clock.advance(15_000);
  line.last.say(hello);
  expect(line.last.sent).toEqual([]);
});

test('attached to, it starts where the caller is', async () => {
  const { generation, line, attached, event } = setUp({
    attach: {
      generation: generationId,
      after: 2,
      message: { ...emptyMessage, content: [{ type: 'text', text: 'ab' }] },
    },
  });
  expect(line.last.sent).toMatchObject([{ type: 'attach', generation: generationId, after: 2 }]);
  expect(generation.get().phase).toBe('resuming');
  attached(4, { id: 'mine' });
  event(4, text('cd'), 3);
  expect(generation.get()).toMatchObject({ phase: 'writing', resumed: 1 });
  event(5, ending);
  expect((await generation.whole()).content).toEqual([{ type: 'text', text: 'abcd' }]);
});

test('attached to what the server has never seen, it asks where it knows the question, and fails where it does not', async () => {
  const error = { type: 'not_found', code: 'SB_NOT_FOUND', message: 'No.', retryable: false } as const;
  const attach = { after: 0, message: emptyMessage };
  const request = { model: 'm', messages: [] };
  const asking = setUp({ id: 'q1', attach, request });
  expect(asking.line.last.sent).toMatchObject([{ type: 'attach', id: 'q1', after: 0 }]);
  asking.line.last.say({ type: 'error', ref: asking.line.last.sent[0]?.ref ?? '', error });
  expect(asking.line.last.sent[1]).toEqual({ type: 'generate', id: 'q1', request });
  const other = setUp({ id: 'q1', attach });
  other.line.last.say({ type: 'error', ref: other.line.last.sent[0]?.ref ?? '', error });
  expect(await other.generation.ended).toMatchObject({ phase: 'failed', stop: { error } });
});

test('asked while offline, it is sent once, as soon as there is a line', () => {
  const { generation, line } = setUp({}, false);
  expect(generation.get().phase).toBe('connecting');
  line.last.say(hello);
  expect(generation.get().phase).toBe('waiting');
  expect(line.last.sent.length).toBe(1);
});

test('asked while the server is leaving, it waits for the next one', () => {
  const { line, connection, clock } = setUp();
  line.last.say({ type: 'goaway', reconnect_after_ms: 100 });
  const http = { start: () => Promise.reject(new Error('not asked')) };
  const request = { model: 'anthropic', messages: [] };
  const asked = startGeneration({ connection, http, clock }, { id: 'late', request });
  expect(asked.get().phase).toBe('connecting');
  expect(line.last.sent).toHaveLength(1);
  line.last.break(1001);
  while (connection.state.get().state !== 'connecting') clock.advance(100);
  line.last.say(hello);
  expect(line.last.sent).toMatchObject([{ type: 'generate' }, { type: 'generate', id: 'late' }]);
});

test('it does not wait for a line for ever', async () => {
  const { generation, clock } = setUp({}, false);
  clock.advance(60_000);
  expect(await generation.ended).toMatchObject({ phase: 'failed', stop: { error: { type: 'unavailable' } } });
});

test('a rejection is a failure that says why', async () => {
  const { generation, line } = setUp();
  const error = { type: 'not_found', code: 'SB_UNKNOWN_MODEL', message: 'No.', retryable: false } as const;
  line.last.say({ type: 'rejected', id: generation.id as ClientId, error });
  expect(await generation.ended).toMatchObject({ phase: 'failed', stop: { error } });
});

test('cancelling asks the server once, and what it still wrote is kept', async () => {
  const { generation, line, accept, event } = setUp();
  accept();
  event(1, opening);
  event(2, text('a'));
  generation.cancel();
  generation.cancel();
  expect(line.last.sent.slice(1)).toMatchObject([{ type: 'cancel', generation: generationId }]);
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
  expect(waiting.line.last.sent.at(-1)).toMatchObject({ type: 'cancel', id: waiting.generation.id });
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

test('a request larger than one frame is sent by POST, which may refuse it', async () => {
  const { generation, line } = setUp({ id: 'x'.repeat(2_000) });
  expect(await generation.ended).toMatchObject({
    phase: 'failed',
    stop: { error: { code: 'SB_TOO_LARGE' } },
  });
  expect(line.last.sent).toEqual([]);
});
