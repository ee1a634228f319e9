import { expect, test } from 'vitest';
import { remedyFor } from './remedies.ts';

test('each error has the one button that helps', () => {
  expect(remedyFor('SB_THROTTLED', 'a', 'a')).toBe('tryAgain');
  expect(remedyFor(undefined, 'a', 'a')).toBe('tryAgain');
  expect(remedyFor('SB_MODEL_ACCESS', 'a', 'a')).toBe('chooseModel');
  expect(remedyFor('SB_CONTEXT_TOO_LONG', 'a', 'b')).toBe('startOver');
});

test('once another model is chosen, trying it is what helps', () => {
  expect(remedyFor('SB_MODEL_ACCESS', 'a', 'b')).toBe('tryAgain');
});
