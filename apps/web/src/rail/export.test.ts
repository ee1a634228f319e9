import type { Turn } from '@streambed/client';
import { expect, test } from 'vitest';
import { fileName, toMarkdown } from './export.ts';

const turn = (prompt: string, content: readonly object[], attachments: readonly object[] = []) =>
  ({ prompt, attachments, model: 'claude', answer: { message: { content } } }) as unknown as Turn;

test('what was asked, thought and answered stands in the document, and files by their names', () => {
  const text = toMarkdown('Water', [
    turn(
      'What flows?',
      [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'A **river**.' },
      ],
      [{ type: 'document', title: 'map.pdf' }],
    ),
    turn('', [{ type: 'text', text: 'And on.' }]),
    turn('Really?', []),
  ]);
  expect(text).toBe(
    `# Water

## You

*map.pdf*

What flows?

## claude

<details><summary>Thoughts</summary>

Hm.

</details>

A **river**.

## claude

And on.

## You

Really?

## claude

*No text*
`,
  );
});

test('a file is called as its conversation, in letters that every system takes', () => {
  expect(fileName('Größe: 3/4 "ja"?', 'md')).toBe('Größe-3-4-ja.md');
  expect(fileName('???', 'json')).toBe('streambed.json');
});
