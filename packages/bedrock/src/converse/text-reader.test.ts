import { spanOf } from '@streambed/event-stream';
import { type EventItem, emptyMessage, eventsOf, fold } from '@streambed/protocol';
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
  { weight: 3, arbitrary: delta(fc.record({ reasoningContent: fc.record({ text }) })) },
  { weight: 3, arbitrary: delta(fc.record({ toolUse: fc.record({ input: text }) })) },
  index.map((contentBlockIndex): Said => {
    const start = { toolUse: { toolUseId: 'tool_1', name: 'weather' } };
    return ['contentBlockStart', { contentBlockIndex, start }];
  }),
  delta(fc.record({ text, later: fc.integer() }, { requiredKeys: ['text'] })),
  index.map((contentBlockIndex): Said => ['contentBlockStop', { contentBlockIndex }]),
);

/** What a reader makes of it; with `space` in front it goes by the parser alone. */
function read(all: readonly Said[], padding: string, space: string) {
  const reader = new ConverseReader(nova, asked);
  const into: EventItem[] = [];
  for (const [type, payload] of all) {
    const body = Buffer.from(space + JSON.stringify({ ...payload, p: padding }));
    try {
      if (space === '' && reader.readDelta(type, spanOf(body), into)) continue;
      reader.read({ type, payload: body }, into);
    } catch (thrown) {
      return { thrown: String(thrown) };
    }
  }
  reader.flush(into);
  // AWS may write a letter otherwise than we would.
  return eventsOf(into).map(({ event, json }) => {
    expect(JSON.parse(json)).toEqual(event);
    return event;
  });
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

function quick(reader: TextReader, payload: Uint8Array) {
  const into: EventItem[] = [];
  reader.read(spanOf(payload), into);
  reader.flush(into);
  return eventsOf(into)[0];
}

test('a text is read where its bytes prove it, and else left to the parser', () => {
  const reader = new TextReader();
  expect(quick(reader, payloadOf('Hello'))).toBeUndefined();
  reader.learn(0, { index: 3, kind: 'text_delta' });
  const event = quick(reader, payloadOf('Hé\\n'));
  expect(event?.text).toBe('Hé\n');
  expect(event?.json).toBe(
    '{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"Hé\\n"}}',
  );
  expect(
    fold({ ...emptyMessage, content: [{ type: 'text', text: '' }] }, { ...event?.event, index: 0 } as never)
      .content,
  ).toEqual([{ type: 'text', text: 'Hé\n' }]);
  for (const payload of [
    payloadOf(''),
    payloadOf('a\\x'),
    payloadOf('a\\u12g4'),
    payloadOf('a\u0001'),
    payloadOf('x'.repeat(5000)),
    payloadOf('a', '"},"p":"a","delta":{}}'),
    payloadOf('a', '"},"q":"abc"}'),
    payloadOf('a', '","more":1},"p":"abc"}'),
    payloadOf('a', '"'),
    payloadOf('a', ''),
    payloadOf('a', '"}},"p":"abc"}'),
  ]) {
    expect(quick(reader, payload)).toBeUndefined();
  }
  reader.forget();
  expect(quick(reader, payloadOf('Hello'))).toBeUndefined();
});
