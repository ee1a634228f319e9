import { expect, test } from 'vitest';
import { pageOf, toListedModel } from './model-list.ts';

const listing = {
  name: 'claude-haiku',
  title: 'Claude Haiku 4.5',
  provider: 'Anthropic',
  family: 'claude',
  model: 'anthropic.claude-haiku-4-5-20251001-v1:0',
  target: 'us.anthropic.claude-haiku-4-5-20251001-v1:0',
  region: 'us-east-1',
  contextWindow: 200_000,
  maxOutput: 64_000,
} as const;

const models = ['a', 'b', 'c', 'd'].map((name) => toListedModel({ ...listing, name }));
const ids = (query: Record<string, unknown>) => pageOf(models, query).data.map(({ id }) => id);

test('a model has the fields of both ecosystems', () => {
  expect(toListedModel(listing)).toEqual({
    id: 'claude-haiku',
    type: 'model',
    display_name: 'Claude Haiku 4.5',
    created_at: '2025-10-01T00:00:00Z',
    max_input_tokens: 200_000,
    max_tokens: 64_000,
    capabilities: null,
    object: 'model',
    created: 1_759_276_800,
    owned_by: 'anthropic',
  });
});

test('an id without a date is of the epoch', () => {
  const { created, created_at } = toListedModel({ ...listing, model: 'meta.llama3-3-70b-instruct-v1:0' });
  expect([created, created_at]).toEqual([0, '1970-01-01T00:00:00Z']);
});

test('without a query everything comes at once', () => {
  expect(pageOf(models, {})).toEqual({
    object: 'list',
    data: models,
    has_more: false,
    first_id: 'a',
    last_id: 'd',
  });
});

test('pages follow each other in both directions', () => {
  expect(pageOf(models, { limit: '3' })).toMatchObject({ has_more: true, first_id: 'a', last_id: 'c' });
  expect(ids({ limit: '3', after_id: 'c' })).toEqual(['d']);
  expect(ids({ limit: '2', before_id: 'd' })).toEqual(['b', 'c']);
  expect(pageOf(models, { after_id: 'd' })).toMatchObject({ data: [], has_more: false, last_id: null });
});

test.each([{ limit: '0' }, { limit: 'x' }, { after_id: 'z' }, { after_id: 'a', before_id: 'b' }])(
  'a query that is none is refused: %o',
  (query) => {
    expect(() => pageOf(models, query)).toThrow(expect.objectContaining({ code: 'SB_BAD_REQUEST' }));
  },
);
