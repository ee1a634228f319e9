import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseJson, parseWith } from './parse.ts';

const schema = z.object({ list: z.array(z.object({ count: z.int() })) });

describe('parseWith', () => {
  test('gives back what fits', () => {
    expect(parseWith(schema, { list: [{ count: 1 }] })).toEqual({ list: [{ count: 1 }] });
  });

  test('names the first field at fault, the way people write it', () => {
    expect(() => parseWith(schema, { list: [{ count: 1 }, { count: 'x' }] }, 'request')).toThrow(
      expect.objectContaining({
        code: 'SB_BAD_REQUEST',
        field: 'request.list[1].count',
        message: expect.stringMatching(/^request\.list\[1\]\.count: .*expected number/),
      }),
    );
  });

  test('looks into the shape that a value came furthest in', () => {
    const part = z.discriminatedUnion('type', [z.object({ type: z.literal('text'), text: z.string() })]);
    const content = z.object({ content: z.union([z.string(), z.array(part)]) });
    const wrong = (value: unknown) => () => parseWith(content, { content: value });
    expect(wrong([{ type: 'text', text: 'a' }, { type: 'text' }])).toThrow(
      expect.objectContaining({
        field: 'content[1].text',
        message: expect.stringMatching(/^content\[1\]\.text: .*expected string/),
      }),
    );
    expect(wrong([{ type: 'image' }])).toThrow(/^content\[0\]\.type: .*'text'/);
    expect(wrong(3)).toThrow(/^content: .*expected string, .*, or .*expected array/);
  });

  test('says what is wrong with the whole', () => {
    expect(() => parseWith(schema, 5)).toThrow(
      expect.objectContaining({
        code: 'SB_BAD_REQUEST',
        field: '',
        message: expect.stringMatching(/expected object/),
      }),
    );
  });
});

describe('parseJson', () => {
  test('reads JSON', () => expect(parseJson('{"a":[1,"é"]}')).toEqual({ a: [1, 'é'] }));

  test.each(['', '{', '{"a":}', 'nope', '[1,]'])('says where it goes wrong: %j', (text) => {
    expect(() => parseJson(text)).toThrow(
      expect.objectContaining({
        code: 'SB_BAD_JSON',
        message: expect.stringMatching(/^This is not valid JSON: ./),
      }),
    );
  });
});
