import { describe, expect, it } from 'vitest';
import { rawFrame } from '../test/frames.ts';
import { EventStreamDecoder, type EventStreamError, type HeaderValue } from './index.ts';

/** Decodes a frame whose headers section is this hex; blanks are only for the eye. */
function decode(hex: string) {
  const headers = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  return new EventStreamDecoder().decode(rawFrame({ headers }))[0]?.headers;
}

function failureOf(hex: string): EventStreamError {
  try {
    decode(hex);
  } catch (error) {
    return error as EventStreamError;
  }
  throw new Error('Nothing was thrown.');
}

describe('header values', () => {
  const cases: [string, HeaderValue][] = [
    ['00', { type: 'boolean', value: true }],
    ['01', { type: 'boolean', value: false }],
    ['02 80', { type: 'byte', value: -128 }],
    ['03 8001', { type: 'short', value: -32_767 }],
    ['04 fffffffe', { type: 'integer', value: -2 }],
    ['05 8000000000000000', { type: 'long', value: -(2n ** 63n) }],
    ['06 0002 00ff', { type: 'binary', value: Uint8Array.of(0, 255) }],
    ['06 0000', { type: 'binary', value: new Uint8Array(0) }],
    ['07 0003 e282ac', { type: 'string', value: '€' }],
    ['07 0000', { type: 'string', value: '' }],
    ['07 0003 efbbbf', { type: 'string', value: '\ufeff' }],
    ['08 0000000000845fed', { type: 'timestamp', value: new Date(8_675_309) }],
    ['09 0102030405060708090a0b0c0d0e0f10', { type: 'uuid', value: '01020304-0506-0708-090a-0b0c0d0e0f10' }],
  ];

  it.each(cases)('reads %s', (hex, value) => {
    expect(decode(`01 61 ${hex}`)).toEqual({ a: value });
  });

  it('keeps the order of the wire', () => {
    expect(Object.keys(decode('01 62 00 01 61 00 01 63 00') ?? {})).toEqual(['b', 'a', 'c']);
  });

  it('takes any name for a name', () => {
    const headers = decode(`09 ${Buffer.from('__proto__').toString('hex')} 07 0001 78`);
    expect(Object.entries(headers ?? {})).toEqual([['__proto__', { type: 'string', value: 'x' }]]);
    expect(headers?.constructor).toBeUndefined();
  });

  it('takes a name of 255 bytes', () => {
    expect(Object.keys(decode(`ff ${'61'.repeat(255)} 00`) ?? {})).toEqual(['a'.repeat(255)]);
  });
});

describe('illegal headers', () => {
  it.each([
    ['ES_HEADER_NAME', 'an empty name', '00 00'],
    ['ES_HEADER_NAME', 'a name that is not UTF-8', '02 c328 00'],
    ['ES_HEADER_CUT', 'a name that runs over the end', '05 6162'],
    ['ES_HEADER_CUT', 'a name and no more', '01 61'],
    ['ES_HEADER_CUT', 'a value that runs over the end', '01 61 04 000000'],
    ['ES_HEADER_CUT', 'a string that runs over the end', '01 61 07 0004 616263'],
    ['ES_HEADER_CUT', 'bytes that run over the end', '01 61 06 ffff 00'],
    ['ES_HEADER_CUT', 'half a length', '01 61 07 00'],
    ['ES_HEADER_CUT', 'a uuid that runs over the end', `01 61 09 ${'00'.repeat(15)}`],
    ['ES_HEADER_TYPE', 'the type after the last', '01 61 0a'],
    ['ES_HEADER_TYPE', 'the largest type', '01 61 ff'],
    ['ES_HEADER_VALUE', 'a string that is not UTF-8', '01 61 07 0001 ff'],
    ['ES_HEADER_VALUE', 'a time that no date can hold', '01 61 08 7fffffffffffffff'],
    ['ES_HEADER_TWICE', 'a name that comes again', '01 61 00 01 62 00 01 61 01'],
    ['ES_HEADER_TWICE', 'a name that comes again, with an equal value', '01 61 00 01 61 00'],
  ])('are refused with %s: %s', (code, _, hex) => {
    expect(failureOf(hex).code).toBe(code);
  });

  it('are found in every cut of a legal section', () => {
    const section = '03 616263 07 0003 646566 01 67 04 00000001'.replaceAll(' ', '');
    const whole = [0, 10, 17].map((bytes) => 2 * bytes);
    for (let end = 0; end <= section.length; end += 2) {
      if (whole.includes(end)) expect(decode(section.slice(0, end))).toBeDefined();
      else expect(failureOf(section.slice(0, end)).code).toBe('ES_HEADER_CUT');
    }
  });

  it('are named in the message', () => {
    expect(failureOf('01 61 00 01 61 00').message).toBe(
      'ES_HEADER_TWICE: Two headers have the same name. It is "a".',
    );
  });
});
