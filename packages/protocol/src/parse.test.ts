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
