import { crc32 } from 'node:zlib';

/*
 * One record in a file:
 *
 *     length of body: 4 | CRC-32 of body: 4 | both of these and a constant, XORed: 4 | body
 *
 * all big-endian. The head has a checksum of its own, so that a body that was erased (overwritten by zeros) or damaged
 * is passed over, while a record that was cut off at the end of the file ends the reading there.
 */
const headLength = 12;

/** No record of ours is longer; a length beyond it is damage. */
const maxBody = 256 * 1024 * 1024;

/** Keeps a head of zeros from being one. */
const headMark = 0x53424c47;

/** What a record holds: a text, or what writes itself. */
export type RecordBody =
  | string
  | {
      /** At most so many bytes. */
      readonly room: number;
      /** Writes it at `offset`, where there is room for it. Returns its length. */
      write(into: Buffer, offset: number): number;
    };

export function encodeRecord(body: RecordBody): Buffer {
  const record = Buffer.allocUnsafe(maxRecordLength(body));
  return record.subarray(0, writeRecord(record, 0, body));
}

/** At most so many bytes does a record of this body take. */
export function maxRecordLength(body: RecordBody): number {
  return headLength + (typeof body === 'string' ? body.length * 3 : body.room);
}

/** Writes a record into `into`, which has room for it. Returns its length. */
export function writeRecord(into: Buffer, offset: number, body: RecordBody): number {
  const start = offset + headLength;
  const length = typeof body === 'string' ? into.write(body, start, 'utf8') : body.write(into, start);
  const checksum = crc32(into.subarray(start, start + length));
  into.writeUInt32BE(length, offset);
  into.writeUInt32BE(checksum, offset + 4);
  into.writeUInt32BE((length ^ checksum ^ headMark) >>> 0, offset + 8);
  return headLength + length;
}

/** Where a record lies in its file. */
export interface RecordPlace {
  readonly offset: number;
  /** With its head. */
  readonly length: number;
}

/** Where the body of a record lies. */
export function bodyOf({ offset, length }: RecordPlace): RecordPlace {
  return { offset: offset + headLength, length: length - headLength };
}

/** The body of a whole record; nothing where it is not what was written. */
export function decodeRecord(record: Buffer): Buffer | undefined {
  const body = record.subarray(headLength);
  const fine =
    record.length >= headLength &&
    record.readUInt32BE(0) === body.length &&
    record.readUInt32BE(4) === crc32(body);
  return fine ? body : undefined;
}

/**
 * Reads a file's records in order. `onRecord` gets no body for one that was erased or damaged. Returns where the last
 * whole record ends: what follows was cut off while it was written.
 */
export function scanRecords(
  file: Buffer,
  onRecord: (place: RecordPlace, body: Buffer | undefined) => void,
): number {
  let offset = 0;
  while (offset + headLength <= file.length) {
    const bodyLength = file.readUInt32BE(offset);
    const whole = headLength + bodyLength;
    const headIsFine =
      file.readUInt32BE(offset + 8) === (bodyLength ^ file.readUInt32BE(offset + 4) ^ headMark) >>> 0;
    if (!headIsFine || bodyLength > maxBody || offset + whole > file.length) break;
    onRecord({ offset, length: whole }, decodeRecord(file.subarray(offset, offset + whole)));
    offset += whole;
  }
  return offset;
}
