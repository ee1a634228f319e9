import { expect, test } from 'vitest';
import { askedWith, columnsOf } from './columns-of.ts';

const version = (key: string, model: string, phase: 'completed' | 'failed' | 'writing' = 'completed') => ({
  key,
  model,
  answer: { phase },
});

test('what was asked together stands as it was asked, in whichever order it came', () => {
  const asked = [version('q-3', 'c'), version('q-1', 'a', 'writing'), version('q-2', 'b', 'failed')];
  expect(columnsOf(asked, 'q-1')).toEqual(['q-1', 'q-2', 'q-3']);
});

test('another try stands in the place of the one that failed; another answer beside the one that did not', () => {
  const asked = [version('q-1', 'a', 'failed'), version('q-2', 'b'), version('x', 'a'), version('y', 'b')];
  expect(columnsOf(asked, 'q-1')).toEqual(['x', 'q-2', 'y']);
});

test('where there is no room for all, what came to nothing goes first, then the oldest; what is wanted stays', () => {
  const five = [
    version('1', 'a'),
    version('2', 'b'),
    version('3', 'c', 'failed'),
    version('4', 'd'),
    version('5', 'e'),
  ];
  expect(columnsOf(five, '5')).toEqual(['1', '2', '4', '5']);
  expect(columnsOf([...five, version('6', 'f')], '1')).toEqual(['1', '4', '5', '6']);
});

test('what was asked together leads to each other; what was asked alone, to itself', () => {
  expect(askedWith('q-2')).toEqual(['q-2', 'q-1', 'q-3', 'q-4']);
  expect(askedWith('abc')).toEqual(['abc']);
});
