import { type AssistantMessage, type EncodedEvent, emptyMessage, fold } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unfold } from './unfold.ts';

const text = fc.string({ unit: 'grapheme' });
const block = fc.oneof(
  fc.record({ type: fc.constant('text'), text }),
  fc.record({ type: fc.constant('text'), text, citations: fc.array(fc.record({ cited_text: text })) }),
  fc.record({ type: fc.constant('thinking'), thinking: text, signature: text }),
  fc.record({ type: fc.constant('redacted_thinking'), data: text }),
  fc.record({
    type: fc.constant('tool_use'),
    id: text,
    name: text,
    input: fc.dictionary(
      fc.string({ unit: fc.constantFrom('a', 'b') }),
      fc.jsonValue({ noUnicodeString: false } as never),
    ),
  }),
  fc.record({ type: fc.constant('something_new'), more: fc.record({ deep: text }) }),
);
const message = fc.record({
  id: text,
  type: fc.constant('message' as const),
  role: fc.constant('assistant' as const),
  model: text,
  content: fc.array(block),
  stop_reason: fc.option(text),
  stop_sequence: fc.option(text),
  stop_details: fc.constant(null),
  usage: fc.record({ input_tokens: fc.nat(), output_tokens: fc.nat() }),
});

it('folds back to the message it came from, whatever is in it', () => {
  fc.assert(
    fc.property(message, (whole) => {
      const events: EncodedEvent[] = [];
      unfold(whole as AssistantMessage, events);
      const again = events.reduce((so_far, { event }) => fold(so_far, event), emptyMessage);
      expect(JSON.parse(JSON.stringify(again))).toEqual(
        withoutEmptyCitations(JSON.parse(JSON.stringify(whole))),
      );
    }),
  );
});

/** A stream can't say that a list of citations is empty. */
function withoutEmptyCitations(whole: AssistantMessage): AssistantMessage {
  const content = whole.content.map(({ citations, ...rest }) =>
    Array.isArray(citations) && citations.length > 0 ? { ...rest, citations } : rest,
  );
  return { ...whole, content } as AssistantMessage;
}
