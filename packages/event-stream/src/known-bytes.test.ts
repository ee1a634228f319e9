import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KnownBytes } from './known-bytes.ts';
import { preludeCrc } from './prelude-crc.ts';
import { spanOf } from './span.ts';

const pieces = fc.record({
  before: fc.uint8Array({ maxLength: 9 }),
  known: fc.uint8Array({ maxLength: 40 }),
  behind: fc.uint8Array({ maxLength: 9 }),
});

test('known bytes are found where they stand, whatever memory they lie in', () => {
  fc.assert(
    fc.property(pieces, fc.boolean(), ({ before, known, behind }, shared) => {
      const whole = Buffer.concat([before, known, behind]);
      const source = shared ? whole : Uint8Array.from(whole);
      expect(new KnownBytes(known).standsIn(spanOf(source).view, before.length, source.length)).toBe(true);
    }),
  );
});

test('one byte that differs is enough, and so is one that is missing', () => {
  fc.assert(
    fc.property(pieces, fc.nat(), fc.integer({ min: 1, max: 255 }), ({ before, known, behind }, at, bits) => {
      fc.pre(known.length > 0);
      const bytes = new KnownBytes(known);
      const whole = Buffer.concat([before, known, behind]);
      const { view } = spanOf(whole);
      expect(bytes.standsIn(view, before.length, before.length + known.length - 1)).toBe(false);
      const place = before.length + (at % known.length);
      whole[place] = (whole[place] ?? 0) ^ bits;
      expect(bytes.standsIn(view, before.length, whole.length)).toBe(false);
    }),
  );
});

test("a prelude's checksum is zlib's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 20 }), fc.nat({ max: 12 }), (bytes, at) => {
      fc.pre(at + 8 <= bytes.length);
      expect(preludeCrc(spanOf(bytes).view, at)).toBe(crc32(bytes.subarray(at, at + 8)));
    }),
  );
});
