import { emptyMessage, fold, type GenerationEvent } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue, type ReadEvent } from './event-queue.ts';

const index = fc.integer({ min: 0, max: 2 });
const event: fc.Arbitrary<GenerationEvent> = fc.oneof(
  fc.record({
    type: fc.constant('content_block_start' as const),
    index,
    content_block: fc.constant({ type: 'text' as const, text: '' }),
  }),
  fc.record({
    type: fc.constant('content_block_delta' as const),
    index,
    delta: fc.oneof(
      fc.record({ type: fc.constant('text_delta' as const), text: fc.string() }),
      fc.record({ type: fc.constant('thinking_delta' as const), thinking: fc.string() }),
      fc.record({ type: fc.constant('input_json_delta' as const), partial_json: fc.string() }),
      fc.record({ type: fc.constant('signature_delta' as const), signature: fc.string() }),
    ),
  }),
  fc.record({ type: fc.constant('content_block_stop' as const), index }),
);

test('events that were joined while nobody pulled fold to the same message', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 80 }), fc.nat(80), async (events, pullAt) => {
      const queue = new EventQueue();
      const iterator = queue[Symbol.asyncIterator]();
      const seen: ReadEvent[] = [];
      for (const [place, next] of events.entries()) {
        queue.push(next);
        if (place % (pullAt + 1) === pullAt) {
          const pulled = await iterator.next();
          if (!pulled.done) seen.push(pulled.value);
        }
      }
      queue.end();
      for await (const left of iterator) seen.push(left);
      expect((seen as GenerationEvent[]).reduce(fold, emptyMessage)).toEqual(
        events.reduce(fold, emptyMessage),
      );
    }),
  );
});

test('what waits for a slow consumer is a few entries, not one per token', async () => {
  const queue = new EventQueue();
  for (let token = 0; token < 1_000; token += 1)
    queue.push({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } });
  queue.end();
  expect(await Array.fromAsync(queue)).toEqual([
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x'.repeat(1_000) } },
  ]);
});
