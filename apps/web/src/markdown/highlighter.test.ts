import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadHighlighter } from './highlighter.ts';
import type { Line } from './highlighter-messages.ts';

const code = [
  '/** A comment over',
  ' * several lines. */',
  '',
  'export function follow(from: string): `$' + '{string}/ws` {',
  '  return `$' + '{from}',
  '/ws` as const; // the end',
  '}',
].join('\n');

const text = (lines: readonly Line[]) =>
  lines.map((line) => line.map((token) => token.text).join('')).join('\n');

test('code that grows in any steps ends in the same colours as code read at once', async () => {
  const whole = (await loadHighlighter('ts'))(code);
  expect(text(whole)).toBe(code);
  expect(new Set(whole.flat().map(({ color }) => color)).size).toBeGreaterThan(3);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: code.length }), { maxLength: 20 }), async (cuts) => {
      const highlight = await loadHighlighter('typescript');
      for (const cut of cuts.sort((a, b) => a - b)) {
        expect(text(highlight(code.slice(0, cut)))).toBe(code.slice(0, cut));
      }
      expect(highlight(code)).toEqual(whole);
    }),
    { numRuns: 40 },
  );
});

test('code that changed before its end is read again', async () => {
  const highlight = await loadHighlighter('python');
  highlight('a = 1\nb = 2\n');
  expect(text(highlight('c = 3\nd'))).toBe('c = 3\nd');
});

test('a language without a grammar is refused, so that the code stays plain', async () => {
  await expect(loadHighlighter('brainfuck')).rejects.toThrow('no grammar');
  await expect(loadHighlighter('constructor')).rejects.toThrow('no grammar');
});
