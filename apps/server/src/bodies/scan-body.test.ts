import { Bulk } from '@streambed/bedrock';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScanError, scanBody } from './scan-body.ts';

function takeApart(text: string, maxSkeleton = 2_000) {
  const prefix = Bulk.prefix();
  const bytes = Buffer.from(text);
  const standIn = (index: number) => `${prefix}${String(index).padStart(6, '0')}`;
  const { skeleton, pieces, digests } = scanBody(bytes, { standIn, maxSkeleton });
  return { skeleton, pieces, bulk: new Bulk([{ prefix, bytes, pieces, digests }]) };
}

/** Nothing where there is too much of what can't be left out. */
function tryTakeApart(text: string, maxSkeleton: number) {
  try {
    return takeApart(text, maxSkeleton);
  } catch (thrown) {
    if (thrown instanceof ScanError && thrown.kind === 'too much') return undefined;
    throw thrown;
  }
}

/** Strings that are hard to cut: escapes, characters of many bytes, pairs, quotes, and what looks like JSON. */
const bit = fc.constantFrom(
  'a',
  ' ',
  '"',
  '\\',
  '\n',
  'é',
  '€',
  '😀',
  '\u0000',
  '\ud83d',
  '{"a":"',
  '":',
  'xyz0',
);
const hard = fc
  .tuple(fc.array(bit, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 700 }))
  .map(([bits, times]) => bits.join('').repeat(times));

/** JSON text with its own ideas of escapes. */
function escaped(value: unknown, ascii: boolean): string {
  const text = JSON.stringify(value);
  return ascii
    ? text.replace(/[\u007f-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : text;
}

test('whatever is taken apart can be put together again: to the byte, and to the value', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ text: hard, arguments: fc.constant('{}'), more: fc.jsonValue() }), {
        maxLength: 6,
      }),
      fc.boolean(),
      (value, ascii) => {
        const text = escaped(value, ascii);
        const { skeleton, bulk } = takeApart(text, 1_000_000);
        expect(Buffer.concat(bulk.splice(skeleton)).toString()).toBe(Buffer.from(text).toString());
        const small = tryTakeApart(text, text.length / 2);
        if (small === undefined) return;
        expect(Buffer.concat(small.bulk.splice(small.skeleton)).toString()).toBe(
          Buffer.from(text).toString(),
        );
        expect(small.bulk.restore(JSON.parse(small.skeleton))).toEqual(JSON.parse(text));
      },
    ),
    { numRuns: 150, endOnFailure: true },
  );
});

test('long strings go, the longest first; their beginning stays, and short ones do', () => {
  const body = { url: `data:image/png;base64,${'A'.repeat(5_000)}`, text: 'b'.repeat(900), name: 'c' };
  const { skeleton, pieces, bulk } = takeApart(JSON.stringify(body), 4_000);
  expect(pieces).toHaveLength(1);
  const read = JSON.parse(skeleton);
  expect(read).toMatchObject({ text: body.text, name: 'c' });
  expect(read.url).toMatch(/^data:image\/png;base64,A+sbbulk[0-9a-f]{20}000000A+$/);
  // What tells whether it is base64 is still so.
  expect(read.url.length % 4).toBe(body.url.length % 4);
  expect(bulk.restore(read)).toEqual(body);
  expect(bulk.hiddenIn(read.url)).toBe(body.url.length - read.url.length);
});

test('what is read on the way is left whole: JSON in JSON, sealed thinking, texts in data URLs', () => {
  const long = 'x'.repeat(1_000);
  const body = {
    arguments: `{"a":"${long}"}`,
    encrypted_content: long,
    signature: long,
    file_data: `data:text/plain;base64,${long}`,
    url: `data:,${long}`,
  };
  expect(takeApart(JSON.stringify(body), 1_000_000).pieces).toEqual([]);
});

test('the same content has the same name, whatever stands for it', () => {
  const text = JSON.stringify({ a: 'y'.repeat(9_000) });
  const [one, two] = [takeApart(text), takeApart(text)];
  expect(one.skeleton).not.toBe(two.skeleton);
  expect(one.bulk.named(one.skeleton)).toBe(two.bulk.named(two.skeleton));
});

test('what is no JSON inside a long string is found there', () => {
  const long = 'x'.repeat(3_000);
  for (const inside of ['\n', '\\x', '\\u12g4', '\u0000']) {
    expect(() => takeApart(`{"a":"${long}${inside}${long}"}`)).toThrow(ScanError);
  }
  expect(() => takeApart(`{"a":"${long}`)).toThrow(/no end/);
  const bytes = Buffer.concat([Buffer.from(`{"a":"${long}`), Buffer.from([0xff]), Buffer.from(`${long}"}`)]);
  expect(() => scanBody(bytes, { standIn: () => 'x', maxSkeleton: 2_000 })).toThrow(/UTF-8/);
});

test('too much of what is short is refused', () => {
  const text = JSON.stringify(Array.from({ length: 1_000 }, () => 'short'));
  expect(() => takeApart(text)).toThrow(expect.objectContaining({ kind: 'too much' }));
});

test('a stand-in that was made into something else is missed', () => {
  const { skeleton, bulk } = takeApart(JSON.stringify({ a: 'z'.repeat(9_000) }));
  expect(bulk.missingFrom(skeleton, JSON.parse(skeleton))).toBe(false);
  const encoded = JSON.stringify({ a: Buffer.from(JSON.parse(skeleton).a).toString('base64') });
  expect(bulk.missingFrom(encoded, JSON.parse(skeleton))).toBe(true);
});
