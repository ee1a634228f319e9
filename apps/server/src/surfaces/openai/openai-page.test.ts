import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chatRequestSchema } from './chat/chat-request.ts';
import { fieldRules } from './chat/fields.ts';
import { embeddingRequestSchema } from './embeddings/embedding-request.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../../docs/api-openai.md'), 'utf8');
const part = (title: string) => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

test.each(Object.keys({ ...chatRequestSchema.shape, ...fieldRules }))(
  'the page says what becomes of %s',
  (field) => {
    expect(part('Chat completions')).toContain(`\`${field}\``);
  },
);

test.each(Object.entries(fieldRules))('the page and the rule of %s agree', (field, { rule }) => {
  const row = page
    .split('\n')
    .find((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${field}\``));
  expect(row).toMatch(rule === 'refused' ? /refused/ : /left out/);
});

test.each(Object.keys(embeddingRequestSchema.shape))(
  'the page says what becomes of an embedding’s %s',
  (field) => {
    expect(part('Embeddings')).toContain(`\`${field}\``);
  },
);
