import {
  type EncodedEvent,
  type EventItem,
  encodeEvent,
  type GenerationEvent,
  type MessagesRequest,
} from '@streambed/protocol';
import { describe, expect, test } from 'vitest';
import type { WireReader } from './families/family.ts';
import { checkToolArguments } from './tool-arguments.ts';

const request: MessagesRequest = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

/** A reader that brings these events, one read each. */
function readerOf(events: readonly GenerationEvent[]): WireReader {
  let next = 0;
  const push = (into: EventItem[]) => {
    const event = events[next++];
    if (event !== undefined) into.push(encodeEvent(event));
  };
  return {
    usage: {},
    read: (_event, into) => push(into),
    readWhole: (_body, into) => {
      while (next < events.length) push(into);
    },
    end: () => ({ stop: { stop_reason: 'tool_use' }, usage: {} }),
  };
}

function call(index: number, pieces: readonly string[], name = 'search'): GenerationEvent[] {
  return [
    {
      type: 'content_block_start',
      index,
      content_block: { type: 'tool_use', id: `t${index}`, name, input: {} },
    },
    ...pieces.map(
      (partial_json): GenerationEvent => ({
        type: 'content_block_delta',
        index,
        delta: { type: 'input_json_delta', partial_json },
      }),
    ),
    { type: 'content_block_stop', index },
  ];
}

function stop(stop_reason: string): GenerationEvent[] {
  return [{ type: 'message_delta', delta: { stop_reason } }, { type: 'message_stop' }];
}

/** What comes out until the end or the failure. */
function run(events: readonly GenerationEvent[], asked = request) {
  const reader = checkToolArguments(readerOf(events), asked);
  const out: EncodedEvent[] = [];
  try {
    for (const _ of events) reader.read({ type: 'chunk', payload: new Uint8Array() }, out);
    reader.end(out);
    return { out: out.map(({ event }) => event), error: undefined };
  } catch (error) {
    return { out: out.map(({ event }) => event), error, reader };
  }
}

describe('tool arguments', () => {
  test.each([
    ['in one piece', ['{"q":"x"}']],
    ['in pieces cut inside an escape', ['{"q":"\\', 'u00', 'e9"}']],
    ['none at all', []],
    ['empty pieces', ['', '']],
  ])('pass when they are JSON: %s', (_what, pieces) => {
    const events = [...call(0, pieces), ...stop('tool_use')];
    expect(run(events)).toEqual({ out: events, error: undefined });
  });

  test('fail the generation when they are none, after everything before its end', () => {
    const events = [...call(0, ['{"q":"x"}']), ...call(1, ['{"q":'], 'broken'), ...stop('tool_use')];
    const { out, error, reader } = run(events);
    expect(out).toEqual(events.slice(0, -2));
    expect(error).toMatchObject({ code: 'SB_TOOL_ARGUMENTS', message: expect.stringContaining('broken') });
    expect(() => reader?.end([])).toThrow(expect.objectContaining({ code: 'SB_TOOL_ARGUMENTS' }));
  });

  test('fail the same in a whole answer', () => {
    const events = [...call(0, ['{"q":']), ...stop('tool_use')];
    const out: EncodedEvent[] = [];
    expect(() => checkToolArguments(readerOf(events), request).readWhole('', out)).toThrow(
      expect.objectContaining({ code: 'SB_TOOL_ARGUMENTS' }),
    );
    expect(out.map(({ event }) => event)).toEqual(events.slice(0, -2));
  });

  test.each(['max_tokens', 'model_context_window_exceeded', 'refusal', 'guardrail_intervened'])(
    'pass as they came when the answer was cut short: %s',
    (reason) => {
      const events = [...call(0, ['{"q":']), ...stop(reason)];
      expect(run(events)).toEqual({ out: events, error: undefined });
    },
  );

  test.each([
    ['by its beta', { ...request, anthropic_beta: ['fine-grained-tool-streaming-2025-05-14'] }],
    ['by a tool', { ...request, tools: [{ name: 'search', eager_input_streaming: true }] }],
  ])('pass as they came when the caller asked for that: %s', (_what, asked) => {
    const events = [...call(0, ['{"q":']), ...stop('tool_use')];
    expect(run(events, asked)).toEqual({ out: events, error: undefined });
  });

  test("of a tool on the model's side are not ours to judge", () => {
    const [start, ...rest] = call(0, ['{"q":']);
    const events = [
      {
        ...start,
        content_block: { type: 'server_tool_use', id: 's', name: 'web', input: {} },
      } as GenerationEvent,
      ...rest,
      ...stop('end_turn'),
    ];
    expect(run(events).error).toBeUndefined();
  });
});
