import type { GenerationStop } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { type Asked, begunOf, lostRecordOf, recordOf } from './usage-record.ts';

const asked: Asked = {
  id: 'gen_1',
  kind: 'generation',
  owner: { project: 'search', user: 'ada' },
  key: 'sk-1',
  surface: 'openai',
  model: 'anthropic',
  startedAt: 1_000,
};

const stop: GenerationStop = {
  type: 'generation_stop',
  state: 'completed',
  stop_reason: 'end_turn',
  usage: { input_tokens: 10, output_tokens: 0, cache_read_input_tokens: 3, thinking_tokens: 2 },
  cost: { status: 'exact', usd: '0.00001234', prices: '2026-08-01' },
  timing: { first_event_ms: 250, total_ms: 900 },
  bedrock: { target: 'us.model', region: 'us-east-1', attempts: 2, request_id: 'req-1' },
};

test('a record says what the end says; what nobody reported is null, and 0 stays 0', () => {
  expect(recordOf(begunOf(asked), stop, 1_900)).toEqual({
    generation: 'gen_1',
    kind: 'generation',
    project: 'search',
    user: 'ada',
    key: 'sk-1',
    surface: 'openai',
    model: 'anthropic',
    target: 'us.model',
    region: 'us-east-1',
    state: 'completed',
    error_code: null,
    request_id: 'req-1',
    attempts: 2,
    input_tokens: 10,
    cache_read_tokens: 3,
    cache_write_5m_tokens: null,
    cache_write_1h_tokens: null,
    output_tokens: 0,
    thinking_tokens: 2,
    cost_status: 'exact',
    cost_units: 1_234,
    prices: '2026-08-01',
    started_at: 1_000,
    first_event_at: 1_250,
    ended_at: 1_900,
  });
});

test.each([
  [{ cache_creation_input_tokens: 8 }, 8, null],
  [{ cache_creation_input_tokens: 8, cache_creation: { ephemeral_1h_input_tokens: 8 } }, null, 8],
  [{ cache_creation_input_tokens: 8, cache_creation: { ephemeral_1h_input_tokens: 3 } }, 5, 3],
  [{ cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 } }, 2, 3],
  [{}, null, null],
])('cache writes are told apart by lifetime: %j', (usage, fiveMinutes, hour) => {
  const record = recordOf(begunOf(asked), { ...stop, usage }, 2_000);
  expect([record.cache_write_5m_tokens, record.cache_write_1h_tokens]).toEqual([fiveMinutes, hour]);
});

test('what is lost with its process is interrupted, its counts and cost unknown', () => {
  expect(lostRecordOf(begunOf(asked), 5_000)).toMatchObject({
    generation: 'gen_1',
    state: 'interrupted',
    input_tokens: null,
    cost_status: 'unknown',
    cost_units: null,
    ended_at: 5_000,
  });
});
