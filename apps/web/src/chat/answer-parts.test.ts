import { expect, test } from 'vitest';
import { citationMark } from '../markdown/citation-mark.tsx';
import { answerParts } from './answer-parts.ts';

const text = (said: string, ...citations: object[]) => ({
  type: 'text' as const,
  text: said,
  ...(citations.length > 0 && { citations: citations as never }),
});
const page = (number: number, quote: string) => ({
  type: 'page_location',
  cited_text: quote,
  document_index: 0,
  document_title: 'Rivers',
  start_page_number: number,
  end_page_number: number + 1,
});

test('texts that cite read as one, with the number of its source behind each passage', () => {
  const parts = answerParts([
    text('It says: '),
    text('water flows. ', page(3, 'Water flows.')),
    text('And '),
    text('it falls', page(4, 'It falls.'), page(3, 'Water flows.')),
    text('.'),
  ]);
  expect(parts).toEqual([
    {
      type: 'text',
      key: 0,
      text: `It says: water flows.${citationMark(1)} And it falls${citationMark(2)}${citationMark(1)}.`,
      sources: [
        { title: 'Rivers', place: 'p. 3', quote: 'Water flows.', url: undefined },
        { title: 'Rivers', place: 'p. 4', quote: 'It falls.', url: undefined },
      ],
    },
  ]);
});

test('texts that cite nothing are paragraphs of their own, and other blocks stand between', () => {
  const tool = { type: 'tool_use' as const, id: 't', name: 'x', input: {} };
  expect(answerParts([text('One.'), text('Two.'), tool, text('Three.'), undefined])).toEqual([
    { type: 'text', key: 0, text: 'One.\n\nTwo.', sources: [] },
    { type: 'block', key: 2, block: tool },
    { type: 'text', key: 3, text: 'Three.', sources: [] },
  ]);
});

test('a source on the web is named by its title or its host, and what a model writes can not be a mark', () => {
  const [part] = answerParts([
    text(`fake ${citationMark(7)} and real`, {
      type: 'web_search_result_location',
      url: 'https://a.example/x',
      cited_text: '',
    }),
  ]);
  expect(part).toMatchObject({
    text: `fake 7 and real${citationMark(1)}`,
    sources: [{ title: 'a.example', url: 'https://a.example/x', place: '' }],
  });
});
