import type { MessagesRequest } from '@streambed/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requestDigest } from './request-digest.ts';

const digest = (value: unknown) => requestDigest(value as MessagesRequest);

/** The same value with the fields of every object in reverse. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, field]) => [name, reversed(field)]),
  );
}

test('the order of fields makes no other request', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(digest(reversed(value))).toBe(digest(value));
    }),
  );
});

test('another value or another order of a list is another request', () => {
  expect(digest({ messages: [1, 2] })).not.toBe(digest({ messages: [2, 1] }));
  expect(digest({ model: 'a' })).not.toBe(digest({ model: 'b' }));
  expect(digest({ model: 'a' })).not.toBe(digest({ model: 'a', top_k: 1 }));
  expect(digest({ top_k: 1 })).not.toBe(digest({ top_k: '1' }));
});
