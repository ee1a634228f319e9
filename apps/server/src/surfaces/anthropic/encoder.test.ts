import {
  type AssistantMessage,
  encodeEvent,
  type GenerationEvent,
  type GenerationStop,
} from '@streambed/protocol';
import { expect, test } from 'vitest';
import { textsOf } from '../../socket/outgoing.ts';
import { LogBatch } from '../../stream-log/log-batch.ts';
import { AnthropicEncoder } from './encoder.ts';

const message: AssistantMessage = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'a',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: {},
};

const stop: GenerationStop = {
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: {},
  cost: { status: 'unknown' },
  timing: { total_ms: 1 },
};

function encode(...events: readonly (GenerationEvent | { json: string; event: GenerationEvent })[]) {
  const encoded = events.map((event) => ('json' in event ? event : encodeEvent(event)));
  return textsOf(new AnthropicEncoder('req_1').encode(new LogBatch(1, encoded)));
}

/** The data of one event. */
function data(...events: readonly GenerationEvent[]) {
  return encode(...events).map((text) => JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? ''));
}

test('the text an event came in is the text that goes out', () => {
  const json = '{"type": "content_block_stop",  "index":0, "x": "é"}';
  const event = JSON.parse(json) as GenerationEvent;
  expect(encode({ event, json })).toEqual([`event: content_block_stop\ndata: ${json}\n\n`]);
});

test('Claude’s own counts are not touched', () => {
  const usage = { input_tokens: 3, output_tokens: 1, cache_creation_input_tokens: 0 };
  const json = JSON.stringify({ usage, type: 'message_delta', delta: { stop_reason: 'end_turn' } });
  expect(encode({ event: JSON.parse(json), json })).toEqual([`event: message_delta\ndata: ${json}\n\n`]);
});

test('a model that counts nothing at first gets the zeros that Anthropic’s clients need', () => {
  const [start] = data({ type: 'message_start', message });
  expect(start.message.usage).toEqual({ input_tokens: 0, output_tokens: 0 });
  const [delta] = data({ type: 'message_delta', delta: { stop_reason: 'end_turn' } });
  expect(delta.usage).toEqual({ output_tokens: 0 });
});

test('thinking that is counted apart is a part of the output', () => {
  const usage = { output_tokens: 5, thinking_tokens: 7 };
  const [delta] = data({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage });
  expect(delta.usage).toEqual({ output_tokens: 12, output_tokens_details: { thinking_tokens: 7 } });
});

test.each(['guardrail_intervened', 'content_filtered'])(
  '%s is a refusal; its own word stays beside it',
  (reason) => {
    const [delta] = data({
      type: 'message_delta',
      delta: { stop_reason: reason },
      usage: { output_tokens: 1 },
    });
    expect(delta.delta).toEqual({ stop_reason: 'refusal', raw: reason });
  },
);

test('a good end is said by message_stop alone', () => {
  expect(encode({ type: 'message_stop' }, stop)).toEqual([
    'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  ]);
});

test('message_stop waits until it is known what follows: an answer that breaks after it has no good end', () => {
  const encoder = new AnthropicEncoder('req_1');
  const batch = (...events: readonly GenerationEvent[]) =>
    textsOf(encoder.encode(new LogBatch(1, events.map(encodeEvent)))).map((text) => text.split('\n', 1)[0]);
  expect(batch({ type: 'message_stop' })).toEqual([]);
  expect(batch({ type: 'message_start', message })).toEqual(['event: message_stop', 'event: message_start']);
  expect(batch({ type: 'message_stop' })).toEqual([]);
  const error = { type: 'upstream', code: 'SB_UPSTREAM_CUT', message: 'It broke', retryable: true } as const;
  expect(batch({ ...stop, state: 'failed', error })).toEqual(['event: error']);
});

test.each([
  ['failed', 'SB_UPSTREAM_CUT', 'api_error'],
  ['interrupted', 'SB_INTERRUPTED', 'api_error'],
  ['failed', 'SB_THROTTLED', 'rate_limit_error'],
] as const)('%s with %s is an error event', (state, code, type) => {
  const error = { type: 'upstream', code, message: 'It broke', retryable: true } as const;
  expect(data({ ...stop, state, error })).toEqual([
    { type: 'error', error: { type, message: 'It broke', code }, request_id: 'req_1' },
  ]);
});

test('an answer that was cancelled is an error too', () => {
  expect(data({ ...stop, state: 'cancelled' })[0].error.code).toBe('SB_CANCELLED');
});

test('a whole answer has counts and a stop reason of Anthropic’s', () => {
  const whole = { ...message, stop_reason: 'content_filtered', usage: { output_tokens: 2 } };
  expect(new AnthropicEncoder('req_1').whole(whole, stop)).toEqual({
    ...message,
    stop_reason: 'refusal',
    usage: { input_tokens: 0, output_tokens: 2 },
  });
});
