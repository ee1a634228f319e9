import { type EncodedEvent, emptyMessage, fold } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConverseReader } from './reader.ts';
import { TextReader } from './text-reader.ts';

type Said = readonly [type: string, payload: object];

const nova = { id: 'amazon.nova-2-lite-v1:0', facts: undefined };
const asked = { request: { model: nova.id, messages: [] }, messageId: 'msg_1' };

const index = fc.nat(1);
const text = fc.oneof(
  fc.string({ unit: 'grapheme-ascii' }),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[\\"\n\u2028é😀a-z ]*$/u),
);
const delta = (of: fc.Arbitrary<object>) =>
  fc
    .tuple(index, of)
    .map(([contentBlockIndex, inner]): Said => ['contentBlockDelta', { contentBlockIndex, delta: inner }]);
const said: fc.Arbitrary<Said> = fc.oneof(
  { weight: 6, arbitrary: delta(fc.record({ text })) },
  delta(fc.record({ reasoningContent: fc.record({ text }) })),
  delta(fc.record({ text, later: fc.integer() }, { requiredKeys: ['text'] })),
  index.map((contentBlockIndex): Said => ['contentBlockStop', { contentBlockIndex }]),
);

/** What a reader makes of it; with `space` in front no payload is what the quick way knows. */
function read(all: readonly Said[], padding: string, space: string) {
  const reader = new ConverseReader(nova, asked);
  const into: EncodedEvent[] = [];
  for (const [type, payload] of all) {
    const body = Buffer.from(space + JSON.stringify({ ...payload, p: padding }));
    try {
      reader.read({ type, payload: body }, into);
    } catch (thrown) {
      return { thrown: String(thrown) };
    }
  }
  return into.map(({ event, json }) => ({ event, json }));
}

test('what is said in whatever order is read as the parser alone reads it', () => {
  fc.assert(
    fc.property(
      fc.array(said, { maxLength: 30 }),
      fc.stringMatching(/^[a-zA-Z0-9]{0,61}$/),
      (all, padding) => {
        expect(read(all, padding, '')).toEqual(read(all, padding, ' '));
      },
    ),
    { numRuns: 500 },
  );
});

const payloadOf = (value: string, behind = '"},"p":"abc"}') =>
  Buffer.from(`{"contentBlockIndex":0,"delta":{"text":"${value}${behind}`);

test('a text is read where its bytes prove it, and else left to the parser', () => {
  const reader = new TextReader();
  expect(reader.read(payloadOf('Hello'))).toBeUndefined();
  reader.learn(0, 3);
  const event = reader.read(payloadOf('Hé'));
  expect(event?.text).toBe('Hé');
  expect(event?.json).toBe(
    '{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Hé"}}',
  );
  expect(
    fold({ ...emptyMessage, content: [{ type: 'text', text: '' }] }, { ...event?.event, index: 0 } as never)
      .content,
  ).toEqual([{ type: 'text', text: 'Hé' }]);
  for (const payload of [
    payloadOf(''),
    payloadOf('a\\n'),
    payloadOf('a\u0001'),
    payloadOf('x'.repeat(5000)),
    payloadOf('a', '"},"p":"a","delta":{}}'),
    payloadOf('a', '"},"q":"abc"}'),
    payloadOf('a', '","more":1},"p":"abc"}'),
    payloadOf('a', '"'),
    payloadOf('a', ''),
  ]) {
    expect(reader.read(payload)).toBeUndefined();
  }
  reader.forget();
  expect(reader.read(payloadOf('Hello'))).toBeUndefined();
});
