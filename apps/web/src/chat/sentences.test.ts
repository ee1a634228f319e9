import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Sentences } from './sentences.ts';

test('says whole sentences as they come, and the rest at the end', () => {
  const sentences = new Sentences('Code.');
  expect(sentences.next('A river', false)).toBe('');
  expect(sentences.next('A river is water. It', false)).toBe('A river is water.');
  expect(sentences.next('A river is water. It', false)).toBe('');
  expect(sentences.next('A river is water. It flows', true)).toBe('It flows');
});

test('says what Markdown means, not how it is written; of code only that it is there', () => {
  const sentences = new Sentences('Code.');
  const text =
    '## A title\n\n- **one** and `two`\n- [a link](https://a.b)\n\n```ts\nconst a = 1;\n```\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n';
  expect(sentences.next(text, true)).toBe('A title one and two a link Code. a, b 1, 2');
});

test('however the text comes, the same is said', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('A b. ', 'C d! ', '\n', 'word ', '```\n', '- x\n')),
      fc.array(fc.nat()),
      (parts, cuts) => {
        const text = parts.join('');
        const whole = new Sentences('Code.').next(text, true);
        const pieces = new Sentences('Code.');
        const said = [...new Set(cuts.map((cut) => cut % (text.length + 1)))]
          .sort((a, b) => a - b)
          .map((cut) => pieces.next(text.slice(0, cut), false));
        said.push(pieces.next(text, true));
        expect(said.filter(Boolean).join(' ').replaceAll(/\s+/g, ' ')).toBe(whole);
      },
    ),
  );
});
