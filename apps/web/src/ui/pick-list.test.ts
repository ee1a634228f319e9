import { expect, test } from 'vitest';
import { find } from './pick-list.tsx';

const item = (text: string, disabled = false) => ({ key: text, group: '', text, disabled });
const items = [
  item('amazon nova pro', true),
  item('claude haiku anthropic'),
  item('nova lite'),
  item('supernova'),
];
const found = (wanted: string) => find(items, wanted).map(({ text }) => text);

test('all words must occur; what begins with the first comes first, what can not be picked last', () => {
  expect(found('nova')).toEqual(['nova lite', 'supernova', 'amazon nova pro']);
  expect(found('  Haiku CLAUDE ')).toEqual(['claude haiku anthropic']);
  expect(found('nova haiku')).toEqual([]);
  expect(found(' ')).toHaveLength(4);
});
