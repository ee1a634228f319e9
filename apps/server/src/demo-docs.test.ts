import { expect, test } from 'vitest';
import { loadDemoDocs } from './demo-docs.ts';

test('the docs of this clone are there to quote', () => {
  const docs = loadDemoDocs();
  expect(docs.length).toBeGreaterThan(0);
  for (const page of ['README', 'PROTOCOL', 'CONTRIBUTING', 'architecture']) {
    expect(docs.some(({ title }) => title.startsWith(`${page}:`))).toBe(true);
  }
  for (const { title, text } of docs) expect(title !== '' && text !== '').toBe(true);
});
