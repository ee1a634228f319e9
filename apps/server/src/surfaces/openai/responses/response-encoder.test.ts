import type { GenerationEvent, GenerationStop } from '@streambed/protocol';
import { emptyMessage, fold } from '@streambed/protocol';
import fc from 'fast-check';
import type { Response, ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { ResponseEvent, ResponseObject } from './output-types.ts';
import { ResponseEncoder, type ResponseForm } from './response-encoder.ts';
import { unsealThinking } from './sealed-thinking.ts';

const form: ResponseForm = {
  frame: {
    id: 'resp_0123456789abcdefghijkl',
    object: 'response',
    created_at: 1_700_000_000,
    model: 'claude',
  },
  startedAt: 1_700_000_000_000,
  tools: new Map([
    ['patch', { kind: 'custom', name: 'patch' }],
    ['agents__close', { kind: 'function', name: 'close', namespace: 'agents' }],
    ['local_shell', { kind: 'local_shell', name: 'local_shell' }],
  ]),
  sealed: true,
};

const start: GenerationEvent = { type: 'message_start', message: emptyMessage };
const block = (
  index: number,
  content_block: { type: string; [field: string]: unknown },
): GenerationEvent => ({
  type: 'content_block_start',
  index,
  content_block,
});
const text = (index: number, said: string): GenerationEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text: said },
});
const json = (index: number, partial_json: string): GenerationEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json },
});
const stopped = (index: number): GenerationEvent => ({ type: 'content_block_stop', index });
const end = (stop_reason: string): GenerationEvent => ({ type: 'message_delta', delta: { stop_reason } });
const done = (more: Partial<GenerationStop> = {}): GenerationStop => ({
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 7, thinking_tokens: 3 },
  cost: { status: 'unknown' },
  timing: { total_ms: 2500 },
  ...more,
});

const hello = [start, block(0, { type: 'text', text: '' }), text(0, 'Hel'), text(0, 'lo'), stopped(0)];

function encode(events: readonly GenerationEvent[], encoder = new ResponseEncoder(form)): ResponseEvent[] {
  return events.flatMap((event) => encoder.read(event));
}

const typesOf = (events: readonly ResponseEvent[]) => events.map(({ type }) => type);
const last = (events: readonly ResponseEvent[]): ResponseObject => {
  const event = events.at(-1);
  if (event === undefined || !('response' in event)) throw new Error('there is no end');
  return event.response;
};

describe('ResponseEncoder', () => {
  it('writes text in the order that OpenAI documents', () => {
    const events = encode([...hello, end('end_turn'), { type: 'message_stop' }, done()]);
    expect(typesOf(events)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual([...events.keys()]);
    expect(last(events)).toMatchObject({
      status: 'completed',
      completed_at: 1_700_000_002,
      error: null,
      output: [
        {
          type: 'message',
          id: 'msg_0123456789abcdefghijkl_0',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
        },
      ],
      usage: {
        input_tokens: 15,
        input_tokens_details: { cached_tokens: 5, cache_write_tokens: 0 },
        output_tokens: 10,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 25,
      },
    });
  });

  it('has the shapes that the official package names', () => {
    expectTypeOf<
      Extract<ResponseEvent, { type: 'response.output_text.delta' }>
    >().toExtend<ResponseStreamEvent>();
    type Events = Exclude<ResponseEvent, { response: unknown }>;
    expectTypeOf<Events>().toExtend<ResponseStreamEvent>();
    expectTypeOf<ResponseObject['output'][number]>().toExtend<Response['output'][number]>();
    expectTypeOf<NonNullable<ResponseObject['usage']>>().toExtend<NonNullable<Response['usage']>>();
    expectTypeOf<ResponseObject['status']>().toExtend<NonNullable<Response['status']>>();
  });

  it('shows thinking as a summary, and seals the block with its signature', () => {
    const events = encode([
      start,
      block(0, { type: 'thinking', thinking: '', signature: '' }),
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm.' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'sig' } },
      stopped(0),
      block(1, { type: 'redacted_thinking', data: 'hidden' }),
      stopped(1),
      end('end_turn'),
      done(),
    ]);
    expect(typesOf(events).slice(2, -1)).toEqual([
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.output_item.done',
    ]);
    const [shown, hidden] = last(events).output;
    expect(shown).toMatchObject({ type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }] });
    const unseal = (item: unknown) =>
      unsealThinking((item as { encrypted_content: string }).encrypted_content);
    expect(unseal(shown)).toEqual({ type: 'thinking', thinking: 'Hm.', signature: 'sig' });
    expect(unseal(hidden)).toEqual({ type: 'redacted_thinking', data: 'hidden' });
    const open = encode(
      [start, block(0, { type: 'thinking', thinking: 'x' })],
      new ResponseEncoder({ ...form, sealed: false }),
    );
    expect(JSON.stringify(open)).not.toContain('encrypted_content');
  });

  it('calls tools as the request named them', () => {
    const call = (index: number, name: string, pieces: readonly string[]) => [
      block(index, { type: 'tool_use', id: `toolu_${index}`, name, input: {} }),
      ...pieces.map((piece) => json(index, piece)),
      stopped(index),
    ];
    const events = encode([
      start,
      ...call(0, 'weather', ['{"city":', '"Oslo"}']),
      ...call(1, 'agents__close', []),
      ...call(2, 'patch', ['{"input":"*** Beg', 'in\\n"}']),
      ...call(3, 'local_shell', ['{"command":["ls"],"timeout_ms":5}']),
      end('tool_use'),
      done({ stop_reason: 'tool_use' }),
    ]);
    expect(last(events).output).toEqual([
      {
        type: 'function_call',
        id: 'fc_0123456789abcdefghijkl_0',
        call_id: 'toolu_0',
        name: 'weather',
        arguments: '{"city":"Oslo"}',
        status: 'completed',
      },
      expect.objectContaining({ name: 'close', namespace: 'agents', arguments: '{}' }),
      expect.objectContaining({ type: 'custom_tool_call', name: 'patch', input: '*** Begin\n' }),
      expect.objectContaining({
        type: 'local_shell_call',
        action: { type: 'exec', command: ['ls'], env: {}, timeout_ms: 5 },
      }),
    ]);
    expect(typesOf(events).filter((type) => /arguments|input/.test(type))).toEqual([
      'response.function_call_arguments.delta',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.custom_tool_call_input.delta',
      'response.custom_tool_call_input.done',
    ]);
    expect(last(events).status).toBe('completed');
  });

  it('makes neighbouring text one message, its citations annotations of where they stand', () => {
    const citation = {
      type: 'web_search_result_location',
      cited_text: 'x',
      url: 'https://a.example',
      title: 'A',
      encrypted_index: '',
    } as const;
    const events = encode([
      ...hello,
      block(1, { type: 'text', text: '', citations: [] }),
      text(1, ' you'),
      { type: 'content_block_delta', index: 1, delta: { type: 'citations_delta', citation } },
      stopped(1),
      end('end_turn'),
      done(),
    ]);
    expect(last(events).output).toEqual([
      expect.objectContaining({
        content: [
          expect.objectContaining({
            text: 'Hello you',
            annotations: [
              { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 5, end_index: 9 },
            ],
          }),
        ],
      }),
    ]);
  });

  it.each([
    ['max_tokens', 'max_output_tokens'],
    ['refusal', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
  ])('says that a stop at %s is incomplete: %s', (stop_reason, reason) => {
    const events = encode([...hello, end(stop_reason), done({ stop_reason })]);
    expect(events.at(-1)?.type).toBe('response.incomplete');
    expect(last(events)).toMatchObject({ status: 'incomplete', incomplete_details: { reason } });
    expect(last(events).output[0]).toMatchObject({ status: 'incomplete' });
  });

  it('never says that half a call is done', () => {
    const call = block(0, { type: 'tool_use', id: 'toolu_1', name: 'patch', input: {} });
    for (const ending of [
      [stopped(0), end('max_tokens'), done({ stop_reason: 'max_tokens' })],
      [done({ state: 'failed' })],
      [stopped(0), done({ state: 'cancelled' })],
    ]) {
      const events = encode([start, call, json(0, '{"input":"rm -'), ...ending]);
      expect(typesOf(events)).not.toContain('response.output_item.done');
      expect(typesOf(events)).not.toContain('response.custom_tool_call_input.done');
      expect(last(events).status).not.toBe('completed');
      expect(last(events).output[0]).toMatchObject({ status: 'incomplete', input: '' });
    }
  });

  it('ends what failed with an error that is thrown, and a response that says so', () => {
    const error = { type: 'rate_limit', code: 'SB_THROTTLED', message: 'Slower.', retryable: true } as const;
    const events = encode([done({ state: 'failed', error })]);
    expect(typesOf(events)).toEqual(['response.created', 'response.in_progress', 'error', 'response.failed']);
    expect(events[2]).toMatchObject({ code: 'rate_limit_exceeded', error: { message: 'Slower.' } });
    expect(last(events)).toMatchObject({ status: 'failed', error: { code: 'rate_limit_exceeded' } });
    for (const state of ['interrupted', 'failed'] as const) {
      expect(last(encode([...hello, done({ state })])).status).toBe('failed');
    }
    expect(last(encode([...hello, done({ stop_reason: 'malformed_tool_use' })])).status).toBe('failed');
  });

  it('says of a cancelled one that it was cancelled', () => {
    const events = encode([...hello, done({ state: 'cancelled' })]);
    expect(events.at(-1)?.type).toBe('response.incomplete');
    expect(last(events)).toMatchObject({ status: 'cancelled', error: null });
  });

  it('gives the items of several messages ids of their own, and skips what ran elsewhere', () => {
    const events = encode([
      ...hello,
      block(1, { type: 'server_tool_use', id: 's', name: 'search', input: {} }),
      json(1, '{}'),
      stopped(1),
      end('pause_turn'),
      ...hello,
      end('end_turn'),
      done(),
    ]);
    expect(last(events).output.map(({ id }) => id)).toEqual([
      'msg_0123456789abcdefghijkl_0',
      'msg_0123456789abcdefghijkl_2',
    ]);
  });
});

/** Random answers, as a model may stream them. */
const answers = fc
  .array(
    fc.record({
      kind: fc.constantFrom('text', 'thinking', 'tool_use', 'server_tool_use'),
      pieces: fc.array(fc.string({ maxLength: 5 }), { maxLength: 4 }),
    }),
    { maxLength: 5 },
  )
  .chain((blocks) =>
    fc.record({
      blocks: fc.constant(blocks),
      ending: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'failed', 'cancelled'),
      cutAt: fc.nat({ max: 40 }),
    }),
  )
  .map(({ blocks, ending, cutAt }): GenerationEvent[] => {
    const events: GenerationEvent[] = [start];
    for (const [index, { kind, pieces }] of blocks.entries()) {
      events.push(block(index, blockOf(kind, index)));
      if (kind === 'tool_use') events.push(json(index, '{"a":"'), json(index, '"}'));
      else for (const piece of pieces) events.push(pieceOf(kind, index, piece));
      events.push(stopped(index));
    }
    if (ending === 'failed' || ending === 'cancelled') {
      return [...events.slice(0, cutAt), done({ state: ending })];
    }
    return [...events, end(ending), { type: 'message_stop' }, done({ stop_reason: ending })];
  });

function blockOf(kind: string, index: number) {
  if (kind === 'text') return { type: 'text', text: '' };
  if (kind === 'thinking') return { type: 'thinking', thinking: '' };
  return { type: kind, id: `toolu_${index}`, name: 'f', input: {} };
}

function pieceOf(kind: string, index: number, piece: string): GenerationEvent {
  if (kind === 'text') return text(index, piece);
  if (kind === 'thinking') {
    return { type: 'content_block_delta', index, delta: { type: 'thinking_delta', thinking: piece } };
  }
  return json(index, piece);
}

describe('any answer', () => {
  it('is the same sequence wherever a reader was cut off and came back', () => {
    fc.assert(
      fc.property(answers, fc.nat({ max: 60 }), (events, cut) => {
        const all = encode(events);
        const again = encode(events);
        const seen = all.slice(0, cut);
        const after = seen.at(-1)?.sequence_number ?? -1;
        const rest = again.filter(({ sequence_number }) => sequence_number > after);
        expect([...seen, ...rest]).toEqual(all);
      }),
    );
  });

  it('opens and closes every item once, and its end holds what the events said', () => {
    fc.assert(
      fc.property(answers, (events) => {
        const all = encode(events);
        const added = all.filter(({ type }) => type === 'response.output_item.added');
        const closed = all.filter(({ type }) => type === 'response.output_item.done');
        const response = last(all);
        expect(added).toHaveLength(response.output.length);
        expect(closed.length).toBeLessThanOrEqual(added.length);
        if (response.status === 'completed') expect(closed).toHaveLength(added.length);
        for (const event of closed) {
          if (!('item' in event)) continue;
          expect(event.item).toEqual(response.output[event.output_index]);
        }
      }),
    );
  });

  it('is the same response whole as streamed', () => {
    fc.assert(
      fc.property(answers, (events) => {
        const stop = events.at(-1) as GenerationStop;
        if (stop.state !== 'completed') return;
        const whole = ResponseEncoder.whole(form, events.reduce(fold, emptyMessage), stop);
        expect(whole).toEqual(last(encode(events)));
      }),
    );
  });
});
