import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { type WriteAt, writeByThread } from './disk-write.ts';
import { eraseRecords } from './erase-records.ts';
import { bodyOf, encodeRecord, type RecordPlace, scanRecords } from './record-framing.ts';

const dir = mkdtempSync(join(tmpdir(), 'streambed-erase-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A file of records, of which some are to be erased. */
async function aFile(bodies: readonly string[]) {
  const path = join(dir, crypto.randomUUID());
  writeFileSync(path, Buffer.concat(bodies.map(encodeRecord)));
  const places: RecordPlace[] = [];
  scanRecords(readFileSync(path), (place) => places.push(place));
  const file = await open(path, 'r+');
  const sizes: number[] = [];
  const writeAt: WriteAt = (to, bytes, position) => {
    sizes.push(bytes.length);
    return writeByThread(to, bytes, position);
  };
  return { path, places, file, sizes, writeAt };
}

test('what is erased is zeros, and everything beside it stands as it did', async () => {
  const records = fc.array(fc.record({ length: fc.integer({ min: 1, max: 30_000 }), erased: fc.boolean() }), {
    minLength: 1,
    maxLength: 30,
  });
  await fc.assert(
    fc.asyncProperty(records, async (made) => {
      const { path, places, file, writeAt } = await aFile(made.map(({ length }) => 'x'.repeat(length)));
      const expected = readFileSync(path);
      const dead = places.filter((_, index) => made[index]?.erased);
      for (const place of dead) {
        const { offset, length } = bodyOf(place);
        expected.fill(0, offset, offset + length);
      }
      await eraseRecords(file, dead.toReversed(), writeAt);
      await file.close();
      expect(readFileSync(path).equals(expected)).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test('ten thousand small records that lie among others are a few writes', async () => {
  const { places, file, sizes, writeAt } = await aFile(
    Array.from({ length: 20_000 }, (_, index) => `some event or other, number ${index}`),
  );
  await eraseRecords(
    file,
    places.filter((_, index) => index % 2 === 0),
    writeAt,
  );
  await file.close();
  expect(sizes.length).toBeLessThan(4);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
});

test('records far from each other are not worth a copy of what lies between', async () => {
  const { places, file, sizes, writeAt } = await aFile(['first', 'x'.repeat(500_000), 'last']);
  await eraseRecords(file, [places[0] as RecordPlace, places[2] as RecordPlace], writeAt);
  await file.close();
  expect(sizes).toEqual([5, 4]);
});
