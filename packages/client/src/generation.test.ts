import { type ClientId, emptyMessage, fold } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hello } from '../test/manual-socket.ts';
import { ending, generationId, opening, setUp, text, written } from '../test/started-generation.ts';
import { startGeneration } from './generation.ts';

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
