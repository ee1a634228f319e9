import { expect, test } from 'vitest';
import { fittedHeaders } from './head.ts';

test('says where a request went, how often it was tried, and how it was fitted', () => {
  const fitted = { target: 'a', attempts: 2, dropped: ['top_k'], defaulted: ['max_tokens=8192'] };
  expect(fittedHeaders(fitted, { dropped: ['service_tier'] })).toEqual({
    'x-streambed-target': 'a',
    'x-streambed-attempts': '2',
    'x-streambed-dropped': 'service_tier, top_k',
    'x-streambed-defaulted': 'max_tokens=8192',
  });
});

test('what is not known is not said', () => {
  expect(fittedHeaders(undefined)).toEqual({});
});

test('names that no header can hold are made so, and a great many are counted', () => {
  const { 'x-streambed-dropped': few } = fittedHeaders({ dropped: ['naïve\r\nx: y'] });
  expect(few).toBe('na?ve??x: y');
  const many = Array.from({ length: 1000 }, (_, index) => `messages[${index}].content[0]`);
  const { 'x-streambed-dropped': said = '' } = fittedHeaders({ dropped: many });
  expect(said.length).toBeLessThan(2_100);
  expect(said).toMatch(/, and \d+ more$/);
});
