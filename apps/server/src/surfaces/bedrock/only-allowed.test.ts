import { expect, test } from 'vitest';
import { onlyAllowed } from './only-allowed.ts';

const models = JSON.stringify({
  modelSummaries: [
    {
      modelId: 'anthropic.claude-3-haiku',
      modelArn: 'arn:aws:bedrock:::foundation-model/anthropic.claude-3-haiku',
    },
    { modelId: 'meta.llama3-1-8b' },
  ],
});

test('what may be used stays in the list', () => {
  const left = onlyAllowed(models, (name) => name.startsWith('meta.'));
  expect(JSON.parse(left)).toEqual({ modelSummaries: [{ modelId: 'meta.llama3-1-8b' }] });
});

test('profiles are told by their own id, and the next page stays', () => {
  const profiles = {
    inferenceProfileSummaries: [
      { inferenceProfileId: 'eu.meta.llama3-1-8b', models: [] },
      { inferenceProfileId: 'eu.anthropic.claude', models: [] },
    ],
    nextToken: 'more',
  };
  expect(JSON.parse(onlyAllowed(JSON.stringify(profiles), (name) => name.includes('claude')))).toEqual({
    inferenceProfileSummaries: [{ inferenceProfileId: 'eu.anthropic.claude', models: [] }],
    nextToken: 'more',
  });
});

test('where everything may be used the answer stays as it came', () => {
  const spaced = models.replaceAll(',', ' ,');
  expect(onlyAllowed(spaced, () => true)).toBe(spaced);
});
