import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fits } from './patterns.ts';

test.each([
  ['anthropic', 'anthropic', true],
  ['anthropic', 'anthropic.claude', false],
  ['claude-*', 'claude-haiku', true],
  ['claude-*', 'claude-', true],
  ['claude-*', 'my-claude-haiku', false],
  ['*.anthropic.*', 'eu.anthropic.claude-haiku-4-5-20251001-v1:0', true],
  ['*', '', true],
  ['', '', true],
  ['', 'x', false],
  ['a*b*c', 'aXbYbZc', true],
  ['a*b*c', 'aXbYbZcd', false],
  ['us.*', 'usXanthropic', false],
])('%s and %s: %s', (pattern, name, expected) => {
  expect(fits(pattern, name)).toBe(expected);
});

test('it agrees with the regular expression that says the same', () => {
  const letters = fc.array(fc.constantFrom('a', 'b', '.', '*'), { maxLength: 12 });
  fc.assert(
    fc.property(letters, fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 16 }), (pattern, name) => {
      const expression = pattern
        .map((letter) => (letter === '*' ? '.*' : letter === '.' ? '\\.' : letter))
        .join('');
      expect(fits(pattern.join(''), name.join(''))).toBe(new RegExp(`^${expression}$`).test(name.join('')));
    }),
    { numRuns: 2_000 },
  );
});

test('many stars take no longer', () => {
  expect(fits(`${'*a'.repeat(60)}b`, 'a'.repeat(2_000))).toBe(false);
});
