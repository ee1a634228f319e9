import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bodyOf, encodeRecord, type RecordPlace, scanRecords } from './record-framing.ts';

function scan(file: Buffer) {
  const found: { place: RecordPlace; body: string | undefined }[] = [];
  const end = scanRecords(file, (place, body) => found.push({ place, body: body?.toString() }));
  return { found, end };
}

test('whatever is written is read back, and a cut ends the reading at the last whole record', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 8 }), fc.nat(), (bodies, cut) => {
      const records = bodies.map((body) => encodeRecord(body));
      const file = Buffer.concat(records);
      expect(scan(file).found.map(({ body }) => body)).toEqual(bodies);
      expect(scan(file).end).toBe(file.length);

      const at = file.length === 0 ? 0 : cut % file.length;
      const { found, end } = scan(file.subarray(0, at));
      expect(found.map(({ body }) => body)).toEqual(bodies.slice(0, found.length));
      expect(end).toBeLessThanOrEqual(at);
      expect(at - end).toBeLessThan(records[found.length]?.length ?? 1);
    }),
  );
});

test('a body that is overwritten is passed over, and what follows is read', () => {
  const file = Buffer.concat(['one', 'two', 'three'].map((body) => encodeRecord(body)));
  const { offset, length } = bodyOf(scan(file).found[1]?.place as RecordPlace);
  file.fill(0, offset, offset + length);
  expect(scan(file).found.map(({ body }) => body)).toEqual(['one', undefined, 'three']);
});
