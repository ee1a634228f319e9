import { expect, it } from 'vitest';
import { countsOf } from './counts.ts';
import { toTool, toToolChoice } from './tools.ts';

it('toTool keeps a schema as it is, unless its arguments are to be held to it', () => {
  const parameters = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } };
  expect(toTool({ name: 'f', description: 'F.', parameters, strict: false })).toEqual({
    name: 'f',
    description: 'F.',
    input_schema: parameters,
  });
  expect(toTool({ name: 'f', parameters, strict: true })).toEqual({
    name: 'f',
    strict: true,
    input_schema: {
      type: 'object',
      properties: { n: { type: 'integer', description: '{minimum: 1}' } },
      additionalProperties: false,
    },
  });
  expect(toTool({ name: 'f' }).input_schema).toEqual({ type: 'object', properties: {} });
});

it('toToolChoice says how, and how many at once', () => {
  const tools = [{}];
  expect(toToolChoice(undefined, undefined, tools)).toBeUndefined();
  expect(toToolChoice('auto', true, tools)).toEqual({ type: 'auto' });
  expect(toToolChoice(undefined, false, tools)).toEqual({ type: 'auto', disable_parallel_tool_use: true });
  expect(toToolChoice('required', false, tools)).toEqual({ type: 'any', disable_parallel_tool_use: true });
  expect(toToolChoice({ name: 'f' }, null, tools)).toEqual({ type: 'tool', name: 'f' });
  expect(toToolChoice('none', false, tools)).toEqual({ type: 'none' });
  expect(toToolChoice('auto', false, [])).toBeUndefined();
  expect(toToolChoice('required', undefined, [])).toEqual({ type: 'any' });
});

it('countsOf adds up what we keep apart, and makes nothing of nothing', () => {
  expect(
    countsOf({
      input_tokens: 3,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 20,
      output_tokens: 7,
      thinking_tokens: 5,
    }),
  ).toEqual({ prompt: 123, cached: 100, written: 20, completion: 12, thinking: 5, total: 135 });
  expect(countsOf({ input_tokens: 3, output_tokens: 7 })).toEqual({
    prompt: 3,
    cached: 0,
    written: 0,
    completion: 7,
    total: 10,
  });
  expect(countsOf({ input_tokens: 3 })).toBeUndefined();
});
