import { expect, test } from 'vitest';
import { readModelQuery } from './ws-model-query.ts';

const read = (query: string) => readModelQuery(new URLSearchParams(query));

test.each([
  ['1', true],
  ['true', true],
  ['YES', true],
  ['True', true],
  ['0', false],
  ['False', false],
  ['no', false],
])('streaming=%s is %s', (value, streaming) => {
  expect(read(`model=anthropic&streaming=${value}`).streaming).toBe(streaming);
});

test('without streaming the answer comes whole', () => {
  expect(read('model=anthropic')).toEqual({ streaming: false, request: { model: 'anthropic' } });
});

test("the tutorial's parameters become the request's", () => {
  const query =
    'model=llama3&max_tokens=100&temperature=0.5&top_p=0.9&top_k=40&system=Be%20brief.&stop_sequences=END&stop_sequences=STOP';
  expect(read(query).request).toEqual({
    model: 'llama3',
    max_tokens: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    system: 'Be brief.',
    stop_sequences: ['END', 'STOP'],
  });
});

test('stop sequences may be one JSON array, and a comma is part of a sequence', () => {
  expect(read('model=a&stop_sequences=["a,b","c"]').request.stop_sequences).toEqual(['a,b', 'c']);
  expect(read('model=a&stop_sequences=a,b').request.stop_sequences).toEqual(['a,b']);
  expect(() => read('model=a&stop_sequences=[1]')).toThrow(
    /stop_sequences: expected one sequence per parameter/,
  );
});

test.each([
  ['', 'SB_MODEL_MISSING', /No model is named/],
  ['model=', 'SB_MODEL_MISSING', /No model is named/],
  ['model=a&model=b', 'SB_BAD_REQUEST', /model: expected once/],
  ['model=a&streaming=maybe', 'SB_BAD_REQUEST', /streaming: expected 1, true or yes.*got "maybe"/],
  [
    'model=a&max_tokens=many',
    'SB_BAD_REQUEST',
    /max_tokens: expected a whole number of at least 1, got "many"/,
  ],
  ['model=a&max_tokens=1.5', 'SB_BAD_REQUEST', /max_tokens/],
  ['model=a&temperature=2', 'SB_BAD_REQUEST', /temperature: expected a number from 0 to 1, got "2"/],
])('%s is refused with %s', (query, code, message) => {
  expect(() => read(query)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});
