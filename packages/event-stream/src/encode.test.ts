import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { times } from '../../../test/support/long.ts';
import { anyMessage, decodeAll, fromSmithy, hex, plain, smithy, toSmithy } from '../test/frames.ts';
import { type EventStreamError, encodeMessage, type HeaderValue } from './index.ts';

const nobody = new Uint8Array(0);

function codeOf(headers: Record<string, HeaderValue>, body = nobody): string {
  try {
    encodeMessage({ headers, body });
  } catch (error) {
    return (error as EventStreamError).code;
  }
  throw new Error('Nothing was thrown.');
}

describe('encodeMessage', () => {
  it('writes the empty message', () => {
    expect(hex(encodeMessage({ headers: {}, body: nobody }))).toBe('000000100000000005c248eb7d98c8ff');
  });

  it('writes what the decoder reads', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(plain(decodeAll([encodeMessage(message)]))).toEqual(plain([message]));
      }),
      { numRuns: times(500) },
    );
  });

  it('agrees with the official codec, byte for byte and both ways', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const ours = encodeMessage(message);
        const theirs = smithy.encode(toSmithy(message));
        expect(hex(ours)).toBe(hex(theirs));
        expect(plain([fromSmithy(smithy.decode(ours))])).toEqual(plain(decodeAll([theirs])));
      }),
      { numRuns: times(500) },
    );
  });

  it('copies the payload', () => {
    const body = Buffer.from('before');
    const bytes = encodeMessage({ headers: {}, body });
    body.fill('x');
    expect(Buffer.from(bytes).toString()).toContain('before');
  });

  it("writes a header whose name is an object's own business", () => {
    const headers = Object.fromEntries([['__proto__', { type: 'boolean', value: true }]]) as Record<
      string,
      HeaderValue
    >;
    expect(plain(decodeAll([encodeMessage({ headers, body: nobody })]))).toEqual(
      plain([{ headers, body: nobody }]),
    );
  });
});

describe('what the wire can not carry', () => {
  it.each<[string, HeaderValue]>([
    ['a byte too large', { type: 'byte', value: 128 }],
    ['a byte too small', { type: 'byte', value: -129 }],
    ['a fraction', { type: 'short', value: 0.5 }],
    ['no number', { type: 'integer', value: Number.NaN }],
    ['an integer too large', { type: 'integer', value: 2 ** 31 }],
    ['a long too large', { type: 'long', value: 2n ** 63n }],
    ['an invalid date', { type: 'timestamp', value: new Date(Number.NaN) }],
    ['half a surrogate pair', { type: 'string', value: '\ud83d' }],
    ['a string that AWS takes for too long', { type: 'string', value: 'x'.repeat(32_768) }],
    ['bytes that AWS takes for too many', { type: 'binary', value: new Uint8Array(32_768) }],
    ['a uuid without dashes', { type: 'uuid', value: '0102030405060708090a0b0c0d0e0f10' }],
    ['a type that does not exist', { type: 'float', value: 1 } as never],
  ])('is refused: %s', (_, value) => {
    expect(codeOf({ a: value })).toBe('ES_HEADER_VALUE');
  });

  it.each([
    ['an empty name', ''],
    ['a name of 256 bytes', `${'€'.repeat(85)}x`],
    ['half a surrogate pair', '\ud83d'],
  ])('is refused as a name: %s', (_, name) => {
    expect(codeOf({ [name]: { type: 'boolean', value: true } })).toBe('ES_HEADER_NAME');
  });

  it('is refused past the limits', () => {
    const long: HeaderValue = { type: 'binary', value: new Uint8Array(32_767) };
    expect(codeOf({ a: long, b: long, c: long, d: long })).toBe('ES_HEADERS_TOO_LONG');
    expect(codeOf({}, new Uint8Array(24 * 1024 * 1024 + 1))).toBe('ES_PAYLOAD_TOO_LONG');
  });

  it('is less than the longest name and the longest value', () => {
    const headers: Record<string, HeaderValue> = {
      ['€'.repeat(85)]: { type: 'string', value: 'x'.repeat(32_767) },
    };
    expect(plain(decodeAll([encodeMessage({ headers, body: nobody })]))).toEqual(
      plain([{ headers, body: nobody }]),
    );
  });
});
