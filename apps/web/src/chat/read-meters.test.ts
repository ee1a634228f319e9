import type { GenerationSnapshot, GenerationStop, Turn } from '@streambed/client';
import { expect, test } from 'vitest';
import { duration, money, readMeters } from './read-meters.ts';

function turn(stop: Partial<GenerationStop>, stream = true): Turn {
  const answer = {
    phase: stop.state ?? 'completed',
    message: { model: 'claude-haiku-4-5', content: [], usage: { output_tokens: 3 } },
    stop: {
      type: 'generation_stop',
      state: 'completed',
      stop_reason: 'end_turn',
      usage: { input_tokens: 204, cache_read_input_tokens: 1_000, output_tokens: 388 },
      cost: { status: 'exact', usd: '0.00214400', prices: '2026-08-01' },
      timing: { first_event_ms: 412, total_ms: 4_912 },
      ...stop,
    },
  } as unknown as GenerationSnapshot;
  const only = { keys: ['turn-1'], place: 0 };
  return {
    key: 'turn-1',
    prompt: 'Hi',
    model: 'Claude Haiku 4.5',
    stream,
    answer,
    questions: only,
    answers: only,
  };
}

const values = (one: Turn, demo = false) =>
  readMeters(one, demo, 'Claude Haiku 4.5').map(({ value }) => value);

test('a finished answer shows all of its figures', () => {
  expect(values(turn({}))).toEqual([
    'Claude Haiku 4.5',
    '412 ms',
    '86 tok/s',
    '1,204 → 388',
    '1,000 cached',
    '$0.0021',
  ]);
});

test('what was not reported is not shown', () => {
  const bare = turn({ usage: {}, cost: { status: 'unknown' }, timing: { total_ms: 9 } });
  expect(values(bare)).toEqual(['Claude Haiku 4.5']);
});

test('a whole answer has the time it took, and no speed', () => {
  expect(values(turn({}, false))).toEqual([
    'Claude Haiku 4.5',
    '4.91 s',
    '1,204 → 388',
    '1,000 cached',
    '$0.0021',
  ]);
});

test('an answer that was cut short shows no counts that would look like the whole', () => {
  const cut = turn({
    state: 'cancelled',
    cost: { status: 'estimated', usd: '0.00120000', prices: '2026-08-01' },
  });
  expect(values(cut)).toEqual(['Claude Haiku 4.5', '412 ms', '≈ $0.0012']);
});

test("nobody pays for the demo's answers, and the cost says so", () => {
  expect(readMeters(turn({}), true, '').at(-1)?.meaning).toMatch(/demo model is free/);
  expect(readMeters(turn({}), false, '').at(-1)?.meaning).toMatch(/2026-08-01/);
});

test('money and time are written as people read them', () => {
  expect(['0.00000000', '0.00004000', '0.00214400', '1.20000000'].map(money)).toEqual([
    '$0',
    '< $0.0001',
    '$0.0021',
    '$1.20',
  ]);
  expect([0.4, 999, 1_240, 48_200].map(duration)).toEqual(['0 ms', '999 ms', '1.24 s', '48 s']);
});
