import {
  type AssistantMessage,
  Burst,
  type ContentBlock,
  type Delta,
  emptyMessage,
  encodeEvent,
  fold,
  type GenerationEvent,
  type GenerationId,
  type GenerationStop,
} from '@streambed/protocol';
import fc from 'fast-check';
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import { describe, expect, it } from 'vitest';
import { textsOf } from '../../../socket/outgoing.ts';
import { LogBatch } from '../../../stream-log/log-batch.ts';
import { ChatEncoder } from './chat-encoder.ts';
import { chatDialect } from './routes.ts';

const started = {
  generation: 'gen_0123456789abcdefghijkl' as GenerationId,
  createdAt: 1_700_000_000_500,
  requestId: 'req_1',
};

function encoder(includeUsage = false): ChatEncoder {
  return new ChatEncoder({ started, model: 'claude', includeUsage, dialect: chatDialect });
}

const message: AssistantMessage = { ...emptyMessage, id: 'msg_1', model: 'claude-haiku-4-5' };
const start: GenerationEvent = { type: 'message_start', message };
const stopOf = (more: Partial<GenerationStop> = {}): GenerationStop => ({
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: { input_tokens: 3, output_tokens: 5 },
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
  ...more,
});

/** A block as a stream has it: its start, the pieces, its stop. */
function blockEvents(
  index: number,
  content_block: ContentBlock,
  deltas: readonly Delta[],
): GenerationEvent[] {
  return [
    { type: 'content_block_start', index, content_block },
    ...deltas.map((delta) => ({ type: 'content_block_delta' as const, index, delta })),
    { type: 'content_block_stop', index },
  ];
}

const text = (index: number, ...pieces: string[]) =>
  blockEvents(
    index,
    { type: 'text', text: '' },
    pieces.map((piece) => ({ type: 'text_delta', text: piece })),
  );

const call = (index: number, id: string, ...pieces: string[]) =>
  blockEvents(
    index,
    { type: 'tool_use', id, name: 'look', input: {} },
    pieces.map((partial_json) => ({ type: 'input_json_delta', partial_json })),
  );

const thinking = (index: number, signature: string, ...pieces: string[]) =>
  blockEvents(index, { type: 'thinking', thinking: '', signature: '' }, [
    ...pieces.map((piece) => ({ type: 'thinking_delta' as const, thinking: piece })),
    { type: 'signature_delta', signature },
  ]);

/** What is sent for events: the data of each SSE event, in order. */
function sent(events: readonly GenerationEvent[], includeUsage = false): string[] {
  const texts = textsOf(encoder(includeUsage).encode(new LogBatch(1, events.map(encodeEvent))));
  return texts.map((sse) => {
    expect(sse).toMatch(/^data: [^\n]+\n\n$/);
    return sse.slice('data: '.length, -2);
  });
}

function chunks(events: readonly GenerationEvent[], includeUsage = false): ChatCompletionChunk[] {
  const datas = sent(events, includeUsage);
  expect(datas.at(-1)).toBe('[DONE]');
  return datas.slice(0, -1).map((data) => JSON.parse(data));
}

function whole(events: readonly GenerationEvent[]): ChatCompletion {
  const folded = events.reduce((so_far, event) => fold(so_far, event), emptyMessage);
  return encoder().whole(folded, events.at(-1) as GenerationStop) as ChatCompletion;
}

describe('ChatEncoder', () => {
  it('says the role first, then the text, then why it ended', () => {
    const all = chunks([start, ...text(0, 'Hel', 'lo'), stopOf()]);
    expect(all.map(({ choices }) => choices[0])).toEqual([
      {
        index: 0,
        delta: { role: 'assistant', content: '', refusal: null },
        logprobs: null,
        finish_reason: null,
      },
      { index: 0, delta: { content: 'Hel' }, logprobs: null, finish_reason: null },
      { index: 0, delta: { content: 'lo' }, logprobs: null, finish_reason: null },
      { index: 0, delta: {}, logprobs: null, finish_reason: 'stop' },
    ]);
    for (const chunk of all) {
      expect(chunk).toMatchObject({
        id: 'chatcmpl-0123456789abcdefghijkl',
        object: 'chat.completion.chunk',
        created: 1_700_000_000,
        model: 'claude-haiku-4-5',
        system_fingerprint: expect.stringMatching(/^fp_[0-9a-f]{10}$/),
      });
      expect(chunk).not.toHaveProperty('usage');
    }
  });

  it('says what was used where that is asked, in a chunk of its own', () => {
    const usage = { input_tokens: 3, cache_read_input_tokens: 10, output_tokens: 5, thinking_tokens: 2 };
    const all = chunks([start, ...text(0, 'Hello'), stopOf({ usage })], true);
    expect(all.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
    expect(all.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 13,
        completion_tokens: 7,
        total_tokens: 20,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 2 },
      },
    });
    const unknown = chunks([start, ...text(0, 'Hello'), stopOf({ usage: { input_tokens: 3 } })], true);
    expect(unknown.at(-1)?.choices).toHaveLength(1);
  });

  it('numbers the calls of tools from 0, whatever blocks they are', () => {
    const events = [
      start,
      ...text(0, 'Look:'),
      ...call(2, 'a', '{"x"', ':1}'),
      ...call(3, 'b'),
      stopOf({ stop_reason: 'tool_use' }),
    ];
    expect(chunks(events).flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])).toEqual([
      { index: 0, id: 'a', type: 'function', function: { name: 'look', arguments: '' } },
      { index: 0, function: { arguments: '{"x"' } },
      { index: 0, function: { arguments: ':1}' } },
      { index: 1, id: 'b', type: 'function', function: { name: 'look', arguments: '' } },
      { index: 1, function: { arguments: '{}' } },
    ]);
    expect(whole(events).choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Look:',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'look', arguments: '{"x":1}' } },
          { id: 'b', type: 'function', function: { name: 'look', arguments: '{}' } },
        ],
      },
    });
  });

  it('shows thinking as it comes, and sends it whole once to be sent back', () => {
    const events = [
      start,
      ...thinking(0, 'sig', 'H', 'm.'),
      ...blockEvents(1, { type: 'redacted_thinking', data: 'abc' }, []),
      ...text(3, 'Yes.'),
      stopOf(),
    ];
    const details = [
      { type: 'reasoning.text', text: 'Hm.', signature: 'sig', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'abc', format: 'anthropic-claude-v1', index: 1 },
    ];
    const deltas = chunks(events).map(({ choices }) => choices[0]?.delta);
    expect(deltas.slice(1)).toEqual([
      { reasoning_content: 'H' },
      { reasoning_content: 'm.' },
      { content: 'Yes.' },
      { reasoning_details: details },
      {},
    ]);
    const answer = whole(events.filter((event) => !('index' in event) || event.index !== 3)).choices[0]
      ?.message;
    expect(answer).toEqual({
      role: 'assistant',
      content: '',
      refusal: null,
      reasoning_content: 'Hm.',
      reasoning_details: details,
    });
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['tool_use', 'tool_calls'],
    ['refusal', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
    ['content_filtered', 'content_filter'],
    ['something_new', 'stop'],
    [null, 'stop'],
  ])('says %s as %s', (stop_reason, finish_reason) => {
    const events = [start, ...text(0, 'a'), stopOf({ stop_reason })];
    expect(chunks(events).at(-1)?.choices[0]?.finish_reason).toBe(finish_reason);
    expect(whole(events).choices[0]?.finish_reason).toBe(finish_reason);
  });

  it('says that tools were called where the model says only that it has ended', () => {
    const events = [start, ...call(0, 'a', '{}'), stopOf()];
    expect(chunks(events).at(-1)?.choices[0]?.finish_reason).toBe('tool_calls');
    expect(whole(events).choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { content: null },
    });
  });

  it.each<[string, Partial<GenerationStop>, object]>([
    [
      'failed',
      {
        state: 'failed',
        error: { type: 'rate_limit', code: 'SB_THROTTLED', message: 'Slow down.', retryable: true },
      },
      { message: 'Slow down.', code: 'rate_limit_exceeded', streambed_code: 'SB_THROTTLED' },
    ],
    ['was cancelled', { state: 'cancelled' }, { code: 'SB_CANCELLED' }],
    ['was interrupted', { state: 'interrupted' }, { code: 'SB_INTERRUPTED', type: 'server_error' }],
    ['is no answer', { stop_reason: 'malformed_tool_use' }, { code: 'SB_MODEL_ERROR' }],
  ])('never ends well what %s', (_what, more, error) => {
    const datas = sent([start, ...text(0, 'Half an'), stopOf(more)], true);
    expect(JSON.parse(datas.at(-1) as string)).toEqual({ error: expect.objectContaining(error) });
    expect(datas.join()).not.toMatch(/"finish_reason":"|DONE/);
    const alone = sent([stopOf({ state: 'failed', ...more })]);
    expect(alone).toHaveLength(1);
    expect(alone[0]).toMatch(/^\{"error"/);
  });

  it('throws what a whole answer that is none ended with', () => {
    const events = [start, ...text(0, 'a'), stopOf({ stop_reason: 'malformed_model_output' })];
    expect(() => whole(events)).toThrow(expect.objectContaining({ code: 'SB_MODEL_ERROR' }));
  });

  it('shows arguments that were cut short as far as they came', () => {
    const events = [start, ...call(0, 'a', '{"x": "half'), stopOf({ stop_reason: 'max_tokens' })];
    expect(whole(events).choices[0]).toMatchObject({
      finish_reason: 'length',
      message: { tool_calls: [{ function: { arguments: '{"x": "half' } }] },
    });
  });

  it('writes an answer whole even if it said nothing', () => {
    expect(chunks([stopOf()]).map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, 'stop']);
    expect(whole([stopOf()])).toMatchObject({ model: 'claude', choices: [{ message: { content: '' } }] });
  });
});

describe('a stream, put together', () => {
  const piece = fc.string({ maxLength: 6 });
  const pieces = fc.array(piece, { maxLength: 4 });
  const block = fc.oneof(
    pieces.map((said) => (index: number) => text(index, ...said)),
    fc.tuple(fc.string({ minLength: 1 }), pieces).map(
      ([signature, said]) =>
        (index: number) =>
          thinking(index, signature, ...said),
    ),
    fc
      .tuple(fc.uuid(), fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 1 })), fc.nat(8))
      .map(([id, input, at]) => (index: number) => {
        const json = JSON.stringify(input);
        return call(index, id, json.slice(0, at), json.slice(at));
      }),
    fc.string().map((data) => (index: number) => blockEvents(index, { type: 'redacted_thinking', data }, [])),
    fc.constant((index: number) =>
      blockEvents(index, { type: 'server_tool_use', id: 's', name: 'n', input: {} }, []),
    ),
  );

  /** As the official client's helper does it, and for thinking as clients do that know it. */
  function joined(all: readonly ChatCompletionChunk[]) {
    const answer: { content: string; reasoning: string; details: unknown; calls: Record<string, string>[] } =
      {
        content: '',
        reasoning: '',
        details: undefined,
        calls: [],
      };
    for (const { choices } of all) {
      const delta = (choices[0]?.delta ?? {}) as ChatCompletionChunk.Choice.Delta & {
        reasoning_content?: string;
        reasoning_details?: unknown;
      };
      answer.content += delta.content ?? '';
      answer.reasoning += delta.reasoning_content ?? '';
      answer.details = delta.reasoning_details ?? answer.details;
      for (const { index, id, function: called } of delta.tool_calls ?? []) {
        const begun = answer.calls[index] ?? { id: id ?? '', name: called?.name ?? '', arguments: '' };
        answer.calls[index] = { ...begun, arguments: begun.arguments + (called?.arguments ?? '') };
      }
    }
    return { ...answer, finish: all.at(-1)?.choices[0]?.finish_reason };
  }

  it('is the whole answer', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
        const events = [start, ...blocks.flatMap((make, index) => make(index)), stopOf()];
        const answer = whole(events).choices[0] as ChatCompletion.Choice & {
          message: { reasoning_content?: string; reasoning_details?: unknown };
        };
        const { calls, ...rest } = joined(chunks(events));
        expect(rest).toEqual({
          content: answer.message.content ?? '',
          reasoning: answer.message.reasoning_content ?? '',
          details: answer.message.reasoning_details,
          finish: answer.finish_reason,
        });
        expect(calls.map((made) => ({ ...made, arguments: JSON.parse(made.arguments ?? '') }))).toEqual(
          (answer.message.tool_calls ?? []).map((made) =>
            made.type === 'function'
              ? { id: made.id, name: made.function.name, arguments: JSON.parse(made.function.arguments) }
              : made,
          ),
        );
      }),
    );
  });
});

describe('deltas that came together', () => {
  const kinds = fc.constantFrom('text_delta', 'thinking_delta', 'input_json_delta');
  const pieces = fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 8 });
  const bursts = fc.array(fc.record({ kind: kinds, index: fc.nat(2), pieces }), { maxLength: 6 });
  const blocks: readonly ContentBlock[] = [
    { type: 'text', text: '' },
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'tool_use', id: 'call_1', name: 'look', input: {} },
  ];
  const opened = [
    start,
    ...blocks.map((content_block, index) => ({ type: 'content_block_start' as const, index, content_block })),
  ].map(encodeEvent);
  const closed = [
    ...blocks.map((_, index) => ({ type: 'content_block_stop' as const, index })),
    stopOf({ stop_reason: 'tool_use' }),
  ].map(encodeEvent);

  /** As it stands in JSON, each byte a letter. */
  const saidOf = (text: string) => Buffer.from(JSON.stringify(text).slice(1, -1)).toString('latin1');

  it('are written as one by one, of whatever kind and block', () => {
    fc.assert(
      fc.property(bursts, (all) => {
        const items = all.map(({ kind, index, pieces }) => {
          const said = pieces.map(saidOf);
          const ends = said.map((_, at) => said.slice(0, at + 1).join('').length);
          return new Burst(index, kind, said.join(''), ends);
        });
        const together = encoder().encode(new LogBatch(1, [...opened, ...items, ...closed]));
        const single = encoder().encode(
          new LogBatch(1, [...opened, ...items.flatMap((item) => item.events()), ...closed]),
        );
        const datas = (outgoing: typeof single) =>
          textsOf(outgoing).map((text) => (text.includes('[DONE]') ? text : JSON.parse(text.slice(6))));
        expect(datas(together)).toEqual(datas(single));
      }),
    );
  });
});
