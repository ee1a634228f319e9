import type { FileHandle } from 'node:fs/promises';
import type { WriteAt } from './disk-write.ts';
import { bodyOf, type RecordPlace } from './record-framing.ts';

/** Records so near to each other are overwritten in one go: to copy what lies between costs less than another write. */
const maxGap = 16 * 1024;
/** No more than this is overwritten in one go, but for a single record that is longer. */
const maxSpan = 1024 * 1024;

/**
 * Overwrites the bodies of records with zeros, in place. What lies between them is written as it stands, so nothing but
 * this may write there meanwhile. Rejects where the disk fails; then some may be left as they were.
 */
export async function eraseRecords(
  file: FileHandle,
  places: readonly RecordPlace[],
  writeAt: WriteAt,
): Promise<void> {
  for (const span of spansOf(places)) {
    const first = span[0] as RecordPlace;
    const last = span.at(-1) as RecordPlace;
    const start = bodyOf(first).offset;
    const bytes = Buffer.alloc(last.offset + last.length - start);
    if (span.length > 1) await file.read(bytes, 0, bytes.length, start);
    for (const place of span) {
      const { offset, length } = bodyOf(place);
      bytes.fill(0, offset - start, offset - start + length);
    }
    await writeAt(file, bytes, start);
  }
}

/** Neighbours together, in the order in which they lie. */
function spansOf(places: readonly RecordPlace[]): readonly (readonly RecordPlace[])[] {
  const spans: RecordPlace[][] = [];
  let start = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (const place of places.toSorted((a, b) => a.offset - b.offset)) {
    const placeEnd = place.offset + place.length;
    const span = spans.at(-1);
    if (span !== undefined && place.offset - end <= maxGap && placeEnd - start <= maxSpan) span.push(place);
    else {
      spans.push([place]);
      start = place.offset;
    }
    end = placeEnd;
  }
  return spans;
}
