import { type EncodedEvent, emptyMessage, fold, type MessagesRequest } from '@streambed/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAll } from '../../test/read-all.ts';
import type { WireReader } from '../families/family.ts';
import { ConverseReader } from './reader.ts';

type Event = readonly [type: string, payload: Record<string, unknown>];

const nova = { id: 'amazon.nova-2-lite-v1:0', facts: undefined };
const request: MessagesRequest = { model: nova.id, messages: [{ role: 'user', content: 'Hi' }] };

const start = (contentBlockIndex: number, start: object): Event => [
  'contentBlockStart',
  { contentBlockIndex, start },
];
const delta = (contentBlockIndex: number, delta: object): Event => [
  'contentBlockDelta',
  { contentBlockIndex, delta },
];
const stop = (contentBlockIndex: number): Event => ['contentBlockStop', { contentBlockIndex }];
const end: readonly Event[] = [
  ['messageStop', { stopReason: 'end_turn' }],
  ['metadata', { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 }, metrics: { latencyMs: 4 } }],
];

function readerOf(asked = request): WireReader {
  return new ConverseReader(nova, { request: asked, messageId: 'msg_1' });
}

function read(events: readonly Event[], reader = readerOf()) {
  return readAll(
    reader,
    // `p` is AWS's padding: there on every event, and nobody's business.
    events.map(([type, payload]) => ({
      type,
      payload: Buffer.from(JSON.stringify({ ...payload, p: 'abcdef' })),
    })),
  );
}

function message(events: readonly Event[], reader = readerOf()) {
  const into = read([['messageStart', { role: 'assistant' }], ...events, ...end], reader);
  reader.end(into);
  return into.reduce((sofar, { event }) => fold(sofar, event), emptyMessage);
}

function whole(content: readonly unknown[], rest: object = {}, reader = readerOf()) {
  const body = {
    output: { message: { role: 'assistant', content } },
    stopReason: 'end_turn',
    usage: {},
    metrics: {},
    ...rest,
  };
  const into: EncodedEvent[] = [];
  reader.readWhole(JSON.stringify(body), into);
  reader.end(into);
  return into.reduce((sofar, { event }) => fold(sofar, event), emptyMessage);
}

describe('what ConverseStream does otherwise than the Messages stream', () => {
  test("the head carries our id and the model's", () => {
    expect(message([])).toEqual({
      ...emptyMessage,
      id: 'msg_1',
      model: nova.id,
      stop_reason: 'end_turn',
      usage: { input_tokens: 1, output_tokens: 2 },
    });
  });

  test('indexes that skip, and blocks that are empty, leave no gaps', () => {
    const events = [
      delta(0, { text: '' }),
      stop(0),
      delta(3, { text: 'a' }),
      stop(3),
      stop(4),
      delta(7, { text: 'b' }),
      stop(7),
    ];
    expect(message(events).content).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]);
  });

  test('a block that is never stopped is stopped by the end', () => {
    const types = read([delta(0, { text: 'a' }), ...end]).map(({ event }) => event.type);
    expect(types).toEqual([
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('thinking and text under one index are two blocks', () => {
    const events = [delta(0, { reasoningContent: { text: 'Hm.' } }), delta(0, { text: 'Yes.' }), stop(0)];
    expect(message(events).content.map(({ type }) => type)).toEqual(['thinking', 'text']);
  });

  test('a signature may come without a word of thinking', () => {
    expect(message([delta(0, { reasoningContent: { signature: 'c2ln' } }), stop(0)]).content).toEqual([
      {
        type: 'thinking',
        thinking: '',
        signature: 'c2ln',
        bedrock: { origin: { family: 'converse', model: nova.id } },
      },
    ]);
  });

  test('sealed thinking in pieces is one block, and bytes that are no text stay base64', () => {
    const pieces = (...bytes: Buffer[]) =>
      bytes.map((piece) => delta(0, { reasoningContent: { redactedContent: piece.toString('base64') } }));
    const origin = { family: 'converse', model: nova.id };
    expect(message([...pieces(Buffer.from('c2Vh'), Buffer.from('bGVk')), stop(0)]).content).toEqual([
      { type: 'redacted_thinking', data: 'c2VhbGVk', bedrock: { origin } },
    ]);
    expect(message([...pieces(Buffer.from([0, 255]), Buffer.from([1])), stop(0)]).content).toEqual([
      { type: 'redacted_thinking', data: 'AP8B', bedrock: { origin, encoding: 'base64' } },
    ]);
  });

  test('an image goes out whole', () => {
    const events = [
      start(0, { image: { format: 'webp' } }),
      delta(0, { image: { source: { bytes: 'AAAA' } } }),
      stop(0),
    ];
    const source = { type: 'base64', media_type: 'image/webp', data: 'AAAA' };
    expect(message(events).content).toEqual([{ type: 'image', source }]);
    expect(whole([{ image: { format: 'webp', source: { bytes: 'AAAA' } } }]).content).toEqual([
      { type: 'image', source },
    ]);
  });

  test('a block of a kind that is newer than this is kept as AWS wrote it', () => {
    const events = [start(0, { hologram: { depth: 3 } }), delta(0, { hologram: { dots: 'xyz' } }), stop(0)];
    expect(message(events).content).toEqual([
      { type: 'streambed:converse', block: { hologram: { depth: 3, pieces: [{ dots: 'xyz' }] } } },
    ]);
    expect(whole([{ hologram: { depth: 3 } }]).content).toEqual([
      { type: 'streambed:converse', block: { hologram: { depth: 3 } } },
    ]);
  });

  test('an event of a kind that is newer than this changes nothing', () => {
    expect(message([['weather', { sun: true }], delta(0, { text: 'a' }), stop(0)]).content).toEqual([
      { type: 'text', text: 'a' },
    ]);
  });

  test('what Bedrock says at the end stands in one place', () => {
    const into = read([
      [
        'messageStop',
        { stopReason: 'stop_sequence', additionalModelResponseFields: { stop_sequence: 'END' } },
      ],
      [
        'metadata',
        {
          usage: {},
          metrics: {},
          trace: { guardrail: {} },
          performanceConfig: { latency: 'optimized' },
          serviceTier: { type: 'flex' },
        },
      ],
    ]);
    expect(into.at(-2)?.event).toEqual({
      type: 'message_delta',
      delta: {
        stop_reason: 'stop_sequence',
        stop_sequence: 'END',
        bedrock: {
          additional_response_fields: { stop_sequence: 'END' },
          trace: { guardrail: {} },
          latency: 'optimized',
          service_tier: 'flex',
        },
      },
      usage: {},
    });
  });

  test('cache counts are read once, from either twin, and split by lifetime', () => {
    const usage = {
      inputTokens: 1,
      outputTokens: 2,
      cacheReadInputTokenCount: 3,
      cacheWriteInputTokens: 9,
      cacheWriteInputTokenCount: 9,
      cacheDetails: [
        { ttl: '1h', inputTokens: 4 },
        { ttl: '5m', inputTokens: 5 },
      ],
      serverToolUsage: { webSearches: 1 },
      totalTokens: 15,
    };
    expect(whole([], { usage }).usage).toEqual({
      input_tokens: 1,
      output_tokens: 2,
      cache_read_input_tokens: 3,
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_1h_input_tokens: 4, ephemeral_5m_input_tokens: 5 },
      bedrock: { serverToolUsage: { webSearches: 1 } },
    });
  });

  test('every kind of citation has its place', () => {
    const locations = [
      { documentChunk: { documentIndex: 1, start: 2, end: 3 } },
      { searchResultLocation: { searchResultIndex: 1, start: 2, end: 3 } },
      { moon: { crater: 7 } },
    ];
    const citations = locations.map((location) => ({
      title: 'T',
      source: 'S',
      sourceContent: [{ text: 'a' }, { text: 'b' }],
      location,
    }));
    const { content } = whole([{ citationsContent: { citations, content: [{ text: 'x' }] } }]);
    expect(content).toEqual([
      {
        type: 'text',
        text: 'x',
        citations: [
          {
            type: 'content_block_location',
            cited_text: 'ab',
            document_index: 1,
            document_title: 'T',
            start_block_index: 2,
            end_block_index: 3,
            bedrock: { source: 'S' },
          },
          {
            type: 'search_result_location',
            cited_text: 'ab',
            source: 'S',
            title: 'T',
            search_result_index: 1,
            start_block_index: 2,
            end_block_index: 3,
          },
          { type: 'streambed:location', cited_text: 'ab', bedrock: { citation: citations[2] } },
        ],
      },
    ]);
  });
});

describe('names that Converse would refuse', () => {
  const asked: MessagesRequest = {
    ...request,
    tools: [{ name: 'files.read' }, { name: 'files_read' }],
    messages: [
      {
        role: 'user',
        content: [{ type: 'document', title: 'Été: 2026', source: { type: 'text', data: 'x' } }],
      },
    ],
  };

  test('come back as the caller wrote them', () => {
    const call = (name: string) => start(0, { toolUse: { toolUseId: 't', name } });
    expect(message([call('files_read_601e4eb608'), stop(0)], readerOf(asked)).content[0]?.name).toBe(
      'files.read',
    );
    expect(message([call('files_read'), stop(0)], readerOf(asked)).content[0]?.name).toBe('files_read');
    expect(message([call('unheard_of'), stop(0)], readerOf(asked)).content[0]?.name).toBe('unheard_of');
  });

  test('of documents too', () => {
    const citation = {
      title: 'Ete- 2026',
      sourceContent: [{ text: 'x' }],
      location: { documentChar: { documentIndex: 0, start: 0, end: 1 } },
    };
    const { content } = message([delta(0, { citation }), delta(0, { text: 'x' }), stop(0)], readerOf(asked));
    expect(content[0]).toHaveProperty('citations.0.document_title', 'Été: 2026');
  });
});

describe('a whole answer', () => {
  test("keeps numbers that JavaScript would change, among a tool's arguments", () => {
    const body = `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"n","input":{"id":12345678901234567890,"price":1.0,"n":5}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1.0},"metrics":{}}`;
    const into: EncodedEvent[] = [];
    const reader = readerOf();
    reader.readWhole(body, into);
    expect(into.find(({ event }) => event.type === 'content_block_delta')?.event).toEqual({
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"id":12345678901234567890,"price":1.0,"n":5}' },
    });
    expect(reader.usage).toEqual({ input_tokens: 1 });
  });

  test('may hold nothing', () => {
    expect(whole([]).content).toEqual([]);
    expect(whole([{ text: '' }]).content).toEqual([]);
  });
});

describe('an answer that Converse does not give', () => {
  test.each<[string, readonly Event[]]>([
    ['a delta without its block', [['contentBlockDelta', { delta: { text: 'a' } }]]],
    ['text that is a number', [delta(0, { text: 5 })]],
    ['arguments of no call', [delta(0, { toolUse: { input: '{}' } })]],
    ['a call without a name', [start(0, { toolUse: { toolUseId: 't' } })]],
    ['counts before the stop', [['metadata', { usage: {} }]]],
    ['a stop without a reason', [['messageStop', {}]]],
  ])('fails and says so: %s', (_what, events) => {
    expect(() => read(events)).toThrow(expect.objectContaining({ code: 'SB_UPSTREAM_UNEXPECTED' }));
  });

  test.each(['', '[]', '{}', '{"output":{}}', '<html>'])('fails and says so: %j', (body) => {
    expect(() => readerOf().readWhole(body, [])).toThrow(
      expect.objectContaining({ code: 'SB_UPSTREAM_UNEXPECTED' }),
    );
  });
});

test('where the pieces are cut changes nothing', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
  const cuts = fc.array(fc.nat(40), { maxLength: 5 });
  const cut = (text: string, at: readonly number[]) =>
    [0, ...at.filter((place) => place < text.length).sort((a, b) => a - b), text.length].flatMap(
      (place, index, all) => (index === 0 ? [] : [text.slice(all[index - 1], place)]),
    );
  fc.assert(
    fc.property(word, word, fc.jsonValue(), cuts, (text, thinking, value, at) => {
      const input = JSON.stringify({ value });
      const events = (places: readonly number[]) => [
        ...cut(thinking, places).map((piece) => delta(0, { reasoningContent: { text: piece } })),
        stop(0),
        ...cut(text, places).map((piece) => delta(1, { text: piece })),
        stop(1),
        start(2, { toolUse: { toolUseId: 't', name: 'n' } }),
        ...cut(input, places).map((piece) => delta(2, { toolUse: { input: piece } })),
        stop(2),
      ];
      const one = message(events([]));
      expect(message(events(at))).toEqual(one);
      expect(one.content[1]).toEqual({ type: 'text', text });
      expect(one.content[2]?.input).toEqual(JSON.parse(input));
    }),
  );
});
