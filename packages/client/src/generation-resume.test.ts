import { emptyMessage } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ending, generationId, opening, setUp, text, written } from '../test/started-generation.ts';

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
