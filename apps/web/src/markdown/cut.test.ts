import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cutter } from './cut.ts';

const kinds = (text: string) => new Cutter().cut(text).map(({ kind, text: piece }) => [kind, piece]);

test('paragraphs, lists, code, tables and formulas are pieces of their own', () => {
  expect(
    kinds(
      [
        '# Title',
        'First.',
        '',
        '- one',
        '',
        '  still one',
        '- two',
        '',
        'Second.',
        '```ts',
        'a',
        '',
        '- b',
        '```',
        'Above | a',
        '--- | ---',
        '1 | 2',
        'After.',
        '$$',
        'x = 1',
        '$$',
        '\\[ y \\]',
        '[^1]: A note,',
        '    on two lines.',
      ].join('\n'),
    ),
  ).toEqual([
    ['markdown', '# Title\nFirst.'],
    ['markdown', '- one\n\n  still one\n- two'],
    ['markdown', 'Second.'],
    ['code', '```ts\na\n\n- b\n```'],
    ['table', 'Above | a\n--- | ---\n1 | 2'],
    ['markdown', 'After.'],
    ['math', '$$\nx = 1\n$$'],
    ['math', '\\[ y \\]'],
    ['notes', '[^1]: A note,\n    on two lines.'],
  ]);
});

test('a longer fence is closed by as long a one only, and an open one takes all that follows', () => {
  expect(kinds('````md\n```\n\nx\n```\n````\nend')).toEqual([
    ['code', '````md\n```\n\nx\n```\n````'],
    ['markdown', 'end'],
  ]);
  expect(kinds('~~~\na\n\nb')).toEqual([['code', '~~~\na\n\nb']]);
});

test('a formula that is none is text again', () => {
  expect(kinds('\\[ was a bracket\n\nNext.')).toEqual([
    ['markdown', '\\[ was a bracket'],
    ['markdown', 'Next.'],
  ]);
});

test('a long list is cut between items, where its numbers count on', () => {
  const items = (count: number, number: (place: number) => string) =>
    Array.from({ length: count }, (_, place) => `${number(place)} ${'word '.repeat(20)}`).join('\n');
  const bullets = new Cutter().cut(items(40, () => '-'));
  expect(bullets.length).toBeGreaterThan(2);
  expect(bullets.map(({ joined }) => joined)).toEqual([false, ...Array(bullets.length - 1).fill(true)]);
  expect(new Cutter().cut(items(40, (place) => `${place + 1}.`)).length).toBeGreaterThan(2);
  expect(new Cutter().cut(items(40, () => '1.'))).toHaveLength(1);
});

const line = fc.constantFrom(
  '',
  '',
  'Some text',
  '- item',
  '  - deeper',
  '* star',
  '1. one',
  '2. two',
  '12) x',
  '# Head',
  '> quote',
  '---',
  '===',
  '```',
  '```ts',
  '~~~',
  '````',
  'a | b',
  '| a | b |',
  '--- | ---',
  '|---|---|',
  '$$',
  '$$ x $$',
  '\\[',
  '\\]',
  '\\[ y \\]',
  '[^1]: note',
  'see [^1]',
  '    code',
  '\ttab',
  '<div>',
  '[x]: https://example.com',
  'a'.repeat(700),
  `- ${'b'.repeat(700)}`,
);

test('cut in any steps, the pieces are those of the whole, and finished ones stay the same objects', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 30 }), (lines, places) => {
      const text = lines.join('\n');
      const cutter = new Cutter();
      let before: readonly { readonly start: number }[] = [];
      for (const cut of places.map((place) => place % (text.length + 1)).sort((a, b) => a - b)) {
        const now = cutter.cut(text.slice(0, cut));
        before = now;
      }
      const grown = cutter.cut(text);
      expect(grown).toEqual(new Cutter().cut(text));
      // Cutting again, nothing new: all but the open one keep their identity.
      const again = cutter.cut(text);
      for (const piece of again.slice(0, -2)) expect(grown).toContain(piece);
      expect(before.length).toBeLessThanOrEqual(grown.length + 1);
      // Nothing is lost but blank lines, and nothing is there twice.
      const words = (all: string) => all.replaceAll(/\s+/g, '');
      expect(words(grown.map((piece) => piece.text).join('\n'))).toBe(words(text));
    }),
    { numRuns: 1_000 },
  );
});
