import { expect, test } from 'vitest';
import { loadDemoDocs, splitSections } from './demo-docs.ts';

test('cuts Markdown at its headings, but not inside code', () => {
  const markdown = '# One\n\nfirst\n\n```sh\n# a comment\n```\n\n## Two ##\n\nsecond\n\n## Empty\n';
  expect(splitSections(markdown)).toEqual([
    { title: 'One', text: 'first\n\n```sh\n# a comment\n```' },
    { title: 'Two', text: 'second' },
  ]);
});

test('the docs of this clone are there to quote', () => {
  expect(loadDemoDocs().length).toBeGreaterThan(0);
});
