import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contentBlockSchema, messagesRequestSchema } from './message.ts';
import { parseWith } from './parse.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/messages.md'), 'utf8');

function examples(kind: string): unknown[] {
  return [...page.matchAll(/^```json( \w+)?\n(.*?)^```/gms)]
    .filter(([, named]) => (named ?? '').trim() === kind)
    .map(([, , text]) => JSON.parse(text ?? '') as unknown);
}

describe('docs/messages.md', () => {
  test.each(examples('request').map((example) => [example]))(
    'shows a request that is taken: %j',
    (example) => {
      expect(parseWith(messagesRequestSchema, example)).toEqual(example);
    },
  );

  test.each(examples('block').map((example) => [example]))('shows a block that is taken: %j', (example) => {
    expect(parseWith(contentBlockSchema, example)).toEqual(example);
  });

  test('shows everything that only Bedrock has, and nothing that is not there', () => {
    const named = (text: string) => new Set(text.match(/streambed:[a-z_0-9]+/g));
    const sources = readdirSync(import.meta.dirname)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'));
    const shown = named(JSON.stringify([examples('request'), examples('block')]));
    // A place that is newer than this is made where Converse is read.
    expect(shown).toEqual(named(`${sources.join('\n')} streambed:location`));
  });

  test('lists every field of bedrock on a request', () => {
    const bedrock = messagesRequestSchema.shape.bedrock.unwrap();
    for (const field of Object.keys(bedrock.shape)) expect(page).toContain(`| \`${field}\` |`);
  });
});
