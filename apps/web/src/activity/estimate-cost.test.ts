import { expect, test } from 'vitest';
import { estimateCost } from './estimate-cost.ts';

test('what was read and written so far, at list prices per million tokens', () => {
  const prices = { input: '1.10', output: '5.50' };
  expect(Number(estimateCost({ input_tokens: 1_000, output_tokens: 200 }, prices))).toBeCloseTo(0.0022);
  expect(Number(estimateCost({ output_tokens: 200 }, prices))).toBeCloseTo(0.0011);
});

test('nothing is said before anything is counted, or where prices are not known', () => {
  expect(estimateCost({}, { input: '1', output: '2' })).toBeUndefined();
  expect(estimateCost({ output_tokens: 5 }, undefined)).toBeUndefined();
  expect(estimateCost({ output_tokens: 5 }, { input: '1' })).toBeUndefined();
});
