import { encodeEvent } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { charactersIn, estimateUsage } from './unfinished.ts';

const request = {
  model: 'anthropic',
  max_tokens: 100,
  system: 'Be brief.',
  messages: [
    {
      role: 'user' as const,
      content: [
        { type: 'text', text: 'a'.repeat(391) },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'x'.repeat(100_000) } },
      ],
    },
  ],
};

test('what was written is counted in text, thinking and tool arguments', () => {
  const delta = (index: number, part: Parameters<typeof encodeEvent>[0] & { type: 'content_block_delta' }) =>
    encodeEvent({ ...part, index });
  expect(
    charactersIn([
      delta(0, { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'hm' } }),
      delta(1, { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'four' } }),
      delta(2, {
        type: 'content_block_delta',
        index: 2,
        delta: { type: 'input_json_delta', partial_json: '{"a' },
      }),
      encodeEvent({ type: 'content_block_stop', index: 2 }),
    ]),
  ).toBe(9);
});

test('a count that was only provisional gives way to what was written', () => {
  expect(estimateUsage({ input_tokens: 7, output_tokens: 3 }, 400, request)).toEqual({
    input_tokens: 7,
    output_tokens: 100,
  });
});

test('where nothing was counted the text of the request is, and not the bytes of its pictures', () => {
  const { input_tokens, output_tokens } = estimateUsage({}, 10, request);
  expect(output_tokens).toBe(3);
  // 391 + 9 characters, and the few of the blocks' own words.
  expect(input_tokens).toBeGreaterThanOrEqual(100);
  expect(input_tokens).toBeLessThan(120);
});
