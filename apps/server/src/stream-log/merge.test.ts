import {
  type AssistantMessage,
  type EncodedEvent,
  emptyMessage,
  encodeEvent,
  fold,
} from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeDeltas } from './merge.ts';
import { stop, textDelta } from './stream-log.behaviour.ts';

const delta = fc.record({
  type: fc.constant('content_block_delta' as const),
  index: fc.integer({ min: 0, max: 2 }),
  delta: fc.oneof(
    fc.record({ type: fc.constant('text_delta' as const), text: fc.string() }),
    fc.record({ type: fc.constant('thinking_delta' as const), thinking: fc.string() }),
    fc.record({ type: fc.constant('input_json_delta' as const), partial_json: fc.string() }),
    fc.record({ type: fc.constant('signature_delta' as const), signature: fc.string() }),
  ),
});

test('a merged batch folds to the same message, with no seq missing or doubled', () => {
  fc.assert(
    fc.property(fc.array(delta, { minLength: 1 }), fc.integer({ min: 1, max: 1000 }), (deltas, first) => {
      const events = deltas.map((event) => encodeEvent(event));
      const merged = mergeDeltas({ first, items: events });
      let next = first;
      for (const { from, seq } of merged) {
        expect(from).toBe(next);
        next = seq + 1;
      }
      expect(next).toBe(first + events.length);
      expect(folded(merged)).toEqual(folded(events));
    }),
  );
});

test('neighbouring text becomes one event, and other events stay as they came', () => {
  const events = [textDelta('a'), textDelta('b'), textDelta('c'), stop];
  const [text, end] = mergeDeltas({ first: 5, items: events });
  expect(text).toMatchObject({ from: 5, seq: 7, event: { delta: { text: 'abc' } } });
  expect(JSON.parse(text?.json ?? '')).toEqual(text?.event);
  expect(end).toEqual({ from: 8, seq: 8, ...stop });
});

test('a delta that carries more than its text is never merged away', () => {
  const odd = { ...textDelta('b'), event: { ...textDelta('b').event, later_field: 1 } as never };
  expect(mergeDeltas({ first: 1, items: [textDelta('a'), odd, textDelta('c')] })).toHaveLength(3);
});

function folded(events: readonly { readonly event: EncodedEvent['event'] }[]): AssistantMessage {
  const start: AssistantMessage = {
    ...emptyMessage,
    content: [0, 1, 2].map(() => ({ type: 'text', text: '' })),
  };
  return events.reduce((message, { event }) => fold(message, event), start);
}
