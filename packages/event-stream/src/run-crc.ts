import { crc32 } from 'node:zlib';
import { trailerLength } from './layout.ts';
import { crcStep } from './prelude-crc.ts';

// Many short messages, one call of zlib: leaving JavaScript for each costs three times the checksum itself.
//
//   │ message one ……… │ c1 │ message two ……… │ c2 │ message three … │ c3 │
//   └──────────────────────── one CRC-32 of it all ────────────────────────┘
//
// The checksum of two pieces follows from theirs: crc(A B) = shift(crc(A), length of B) ^ crc(B), where `shift` is what so
// many zero bytes make of a checksum (zlib's crc32_combine). If each message has the checksum that it carries, then
// crc(message c) is that of `c` appended to itself, and what all of it must come to is known without reading a byte more.
// `shift` loses nothing, so one wrong message always shows, several as surely as any CRC-32 shows anything.

/** Longer messages are checked one by one: for them the call is a small part. */
export const mostRunMessageLength = 1024;

/** For each length, what shift does to each half byte of a checksum at each of its eight places. Made when first needed. */
const shifts: (Int32Array | undefined)[] = Array.from({ length: mostRunMessageLength + 1 });

/** What the checksums carried by a run of messages say that the run's own must be. */
export class RunCrc {
  #expected = 0;

  /** The next message of the run, `length` bytes that end at `end` of `view`, at most {@link mostRunMessageLength}. */
  add(view: DataView, end: number, length: number): void {
    const shift = shifts[length] ?? makeShift(length);
    const carried = view.getInt32(end - trailerLength);
    this.#expected = shifted(this.#expected, shift) ^ afterItself(carried);
  }

  /** Whether the run, from `start` to `end` of `bytes`, is what it must be: each of its messages is right. */
  isThatOf(bytes: Uint8Array, start: number, end: number): boolean {
    return crc32(bytes.subarray(start, end)) === this.#expected >>> 0;
  }
}

/** What `shift` makes of a checksum. */
function shifted(crc: number, shift: Int32Array): number {
  return (
    at(shift, crc & 15) ^
    at(shift, 16 + ((crc >>> 4) & 15)) ^
    at(shift, 32 + ((crc >>> 8) & 15)) ^
    at(shift, 48 + ((crc >>> 12) & 15)) ^
    at(shift, 64 + ((crc >>> 16) & 15)) ^
    at(shift, 80 + ((crc >>> 20) & 15)) ^
    at(shift, 96 + ((crc >>> 24) & 15)) ^
    at(shift, 112 + (crc >>> 28))
  );
}

function at(shift: Int32Array, index: number): number {
  return shift[index] ?? 0;
}

/** The checksum of bytes whose checksum is `crc` and that `crc` follows, big-endian. */
function afterItself(crc: number): number {
  let state = ~crc;
  for (let bits = 24; bits >= 0; bits -= 8) state = crcStep(state, crc >>> bits);
  return ~state;
}

/** Made of that of half the length, for many are needed at once when the first answers come: byte by byte each takes a millisecond. */
function makeShift(length: number): Int32Array {
  const half = length >> 1;
  const byHalf = half === 0 ? undefined : (shifts[half] ?? makeShift(half));
  const shift = new Int32Array(128);
  for (let bit = 0; bit < 32; bit += 1) {
    let state = 1 << bit;
    if (byHalf !== undefined) state = shifted(shifted(state, byHalf), byHalf);
    if ((length & 1) === 1) state = crcStep(state, 0);
    const place = (bit >> 2) * 16;
    const flag = 1 << (bit & 3);
    for (let value = 0; value < 16; value += 1) {
      if ((value & flag) !== 0) shift[place + value] = at(shift, place + value) ^ state;
    }
  }
  shifts[length] = shift;
  return shift;
}
