import fc from 'fast-check';
import { expect, test } from 'vitest';
import { times } from '../../../../../test/support/long.ts';
import { readModelPath } from './path.ts';

const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-v1:0';

test.each([
  ['claude-haiku/converse', 'claude-haiku'],
  ['amazon.nova-pro-v1%3A0/converse', 'amazon.nova-pro-v1:0'],
  ['amazon.nova-pro-v1:0/converse', 'amazon.nova-pro-v1:0'],
  [`${encodeURIComponent(arn)}/converse`, arn],
  [`${arn}/converse`, arn],
  [`${arn.replaceAll(':', '%3A')}/converse`, arn],
])('%s', (path, model) => {
  expect(readModelPath(path)).toEqual({ model, operation: 'converse' });
});

test('what is no model or no operation is refused', () => {
  for (const path of ['', 'converse', '/converse']) {
    expect(() => readModelPath(path)).toThrow(expect.objectContaining({ code: 'SB_NOT_FOUND' }));
  }
  for (const model of ['%', '%zz', '%ff', 'x'.repeat(2049)]) {
    expect(() => readModelPath(`${model}/invoke`)).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST' }),
    );
  }
});

test('any id comes back as it was encoded', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' }), (model) => {
      expect(readModelPath(`${encodeURIComponent(model)}/invoke`)).toEqual({ model, operation: 'invoke' });
    }),
    { numRuns: times(100) },
  );
});
