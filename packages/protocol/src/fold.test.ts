import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Delta, GenerationEvent } from './events.ts';
import { emptyMessage, fold } from './fold.ts';
import type { AssistantMessage, ContentBlock } from './message.ts';

const start: GenerationEvent = {
  type: 'message_start',
  message: { ...emptyMessage, id: 'msg_1', model: 'claude', usage: { input_tokens: 5 } },
};
const begin = (index: number, content_block: ContentBlock): GenerationEvent => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, delta: Delta): GenerationEvent => ({
  type: 'content_block_delta',
  index,
  delta,
});
const stop = (index: number): GenerationEvent => ({ type: 'content_block_stop', index });
const end = (stop_reason: string, usage = {}): GenerationEvent[] => [
  { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
  { type: 'message_stop' },
];
const whole = (events: readonly GenerationEvent[]): AssistantMessage => events.reduce(fold, emptyMessage);

describe('an answer is the fold of its events', () => {
  test('text, thinking with its signature, citations, tool calls, and the counts', () => {
    const citation = { type: 'char_location', cited_text: 'x', document_index: 0 };
    const message = whole([
      start,
      begin(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'I ' }),
      delta(0, { type: 'thinking_delta', thinking: 'think.' }),
      delta(0, { type: 'signature_delta', signature: 'c2' }),
      delta(0, { type: 'signature_delta', signature: 'ln' }),
      stop(0),
      begin(1, { type: 'text', text: '' }),
      delta(1, { type: 'citations_delta', citation }),
      delta(1, { type: 'text_delta', text: 'Hello.' }),
      stop(1),
      begin(2, { type: 'tool_use', id: 't', name: 'n', input: {} }),
      delta(2, { type: 'input_json_delta', partial_json: '' }),
      delta(2, { type: 'input_json_delta', partial_json: '{"a":[1' }),
      delta(2, { type: 'input_json_delta', partial_json: ',2]}' }),
      stop(2),
      ...end('tool_use', { output_tokens: 9 }),
    ]);
    expect(message).toEqual({
      ...emptyMessage,
      id: 'msg_1',
      model: 'claude',
      content: [
        { type: 'thinking', thinking: 'I think.', signature: 'c2ln' },
        { type: 'text', text: 'Hello.', citations: [citation] },
        { type: 'tool_use', id: 't', name: 'n', input: { a: [1, 2] } },
      ],
      stop_reason: 'tool_use',
      usage: { input_tokens: 5, output_tokens: 9 },
    });
  });

  test('a call without arguments keeps the {} it began with', () => {
    const events = [start, begin(0, { type: 'tool_use', id: 't', name: 'n', input: {} }), stop(0)];
    expect(whole(events).content).toEqual([{ type: 'tool_use', id: 't', name: 'n', input: {} }]);
  });

  test('arguments that were cut short stay readable as text', () => {
    const events = [
      start,
      begin(0, { type: 'tool_use', id: 't', name: 'n', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"a":' }),
      stop(0),
      ...end('max_tokens'),
    ];
    expect(whole(events).content).toEqual([
      { type: 'tool_use', id: 't', name: 'n', input: {}, partial_json: '{"a":' },
    ]);
  });

  test('what is newer than this is kept: blocks, fields of the end, counts', () => {
    const message = whole([
      start,
      begin(0, { type: 'hologram', depth: 3 }),
      delta(0, { type: 'hologram_delta', dots: 1 } as never),
      stop(0),
      { type: 'weather' } as never,
      {
        type: 'message_delta',
        delta: { stop_reason: 'refusal', stop_details: { category: 'x' }, bedrock: { latency: 'optimized' } },
        usage: { output_tokens: 1, server_tool_use: { web_search_requests: 2 } },
      },
    ]);
    expect(message).toMatchObject({
      content: [{ type: 'hologram', depth: 3 }],
      stop_reason: 'refusal',
      stop_details: { category: 'x' },
      bedrock: { latency: 'optimized' },
      usage: { output_tokens: 1, server_tool_use: { web_search_requests: 2 } },
    });
  });

  test("the model's own word for the stop stands beside ours", () => {
    const events: GenerationEvent[] = [
      start,
      { type: 'message_delta', delta: { stop_reason: 'end_turn', raw: 'stop' } },
    ];
    expect(whole(events)).toMatchObject({ stop_reason: 'end_turn', raw_stop_reason: 'stop' });
    expect(whole(events)).not.toHaveProperty('raw');
  });

  test('the last event brings the last counts, and takes none back', () => {
    const last: GenerationEvent = {
      type: 'generation_stop',
      state: 'completed',
      stop_reason: 'end_turn',
      usage: { output_tokens: 7 },
      cost: { status: 'unknown' },
      timing: { total_ms: 1 },
    };
    expect(whole([start, ...end('end_turn', { output_tokens: 6 }), last]).usage).toEqual({
      input_tokens: 5,
      output_tokens: 7,
    });
  });

  test('blocks that did not grow keep their identity', () => {
    const before = whole([
      start,
      begin(0, { type: 'text', text: 'a' }),
      begin(1, { type: 'text', text: '' }),
    ]);
    const after = fold(before, delta(1, { type: 'text_delta', text: 'b' }));
    expect(after.content[0]).toBe(before.content[0]);
    expect(after.content[1]).not.toBe(before.content[1]);
    expect(before.content[1]).toEqual({ type: 'text', text: '' });
  });

  test('a delta of no block changes nothing', () => {
    expect(fold(emptyMessage, delta(3, { type: 'text_delta', text: 'a' }))).toBe(emptyMessage);
    expect(fold(emptyMessage, stop(3))).toBe(emptyMessage);
  });
});

describe('where an answer is cut into deltas changes nothing', () => {
  /** Any text, with all that is easily broken: escapes, accents, emoji, halves of surrogate pairs, lone ones. */
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('\\', '"', '\n', 'é', '😀', '👩‍👩‍👧', '\ud83d', '\udc00', '\u2028', '{"'))
      .map((parts) => parts.join('')),
  );
  const cuts = fc.array(fc.nat(60), { maxLength: 8 });

  /** `text` in pieces, cut between any two code units: inside an escape, a surrogate pair, a grapheme. */
  function pieces(text: string, at: readonly number[]): string[] {
    const places = [...at.filter((place) => place <= text.length), text.length].sort((a, b) => a - b);
    return places.map((place, index) => text.slice(index === 0 ? 0 : places[index - 1], place));
  }

  test('for text, thinking, signatures and arguments', () => {
    fc.assert(
      fc.property(text, text, text, fc.jsonValue(), cuts, (said, thought, signature, value, at) => {
        const json = JSON.stringify(value);
        const events = (places: readonly number[]): GenerationEvent[] => [
          start,
          begin(0, { type: 'thinking', thinking: '', signature: '' }),
          ...pieces(thought, places).map((thinking) => delta(0, { type: 'thinking_delta', thinking })),
          ...pieces(signature, places).map((signature) => delta(0, { type: 'signature_delta', signature })),
          stop(0),
          begin(1, { type: 'text', text: '' }),
          ...pieces(said, places).map((text) => delta(1, { type: 'text_delta', text })),
          stop(1),
          begin(2, { type: 'tool_use', id: 't', name: 'n', input: {} }),
          ...pieces(json, places).map((partial_json) => delta(2, { type: 'input_json_delta', partial_json })),
          stop(2),
          ...end('tool_use'),
        ];
        const message = whole(events(at));
        expect(message).toEqual(whole(events([])));
        expect(message.content).toEqual([
          { type: 'thinking', thinking: thought, signature },
          { type: 'text', text: said },
          { type: 'tool_use', id: 't', name: 'n', input: JSON.parse(json) },
        ]);
        // The same through the wire: every event as JSON in UTF-8.
        const bytes = events(at).map((event) => Buffer.from(JSON.stringify(event), 'utf8'));
        expect(whole(bytes.map((frame) => JSON.parse(frame.toString('utf8')) as GenerationEvent))).toEqual(
          message,
        );
      }),
    );
  });

  test('for blocks whose deltas are mixed up with each other', () => {
    fc.assert(
      fc.property(
        text,
        text,
        cuts,
        cuts,
        fc.array(fc.boolean(), { maxLength: 20 }),
        (one, two, first, second, order) => {
          const queues = [
            pieces(one, first).map((text) => delta(0, { type: 'text_delta', text })),
            pieces(two, second).map((text) => delta(1, { type: 'text_delta', text })),
          ] as const;
          const mixed = order.flatMap((which) => queues[which ? 1 : 0].splice(0, 1));
          const events = [
            start,
            begin(0, { type: 'text', text: '' }),
            begin(1, { type: 'text', text: '' }),
            ...mixed,
            ...queues[0],
            ...queues[1],
          ];
          expect(whole(events).content).toEqual([
            { type: 'text', text: one },
            { type: 'text', text: two },
          ]);
        },
      ),
    );
  });
});
