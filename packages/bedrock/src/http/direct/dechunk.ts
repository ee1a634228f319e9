import { HttpError } from './http-error.ts';

// What one read of a socket brings of a chunked body (RFC 9112, section 7.1), and what is left of it:
//
//   │ 1a4\r\n │ message one │ \r\n │ 1b0;ext\r\n │ message two │ \r\n │ 19c\r\n │ message th
//             ├─────────────┤◀─────────────────── ├─────────────┤◀──────────────├──────────┤
//   │         │ message one │ message two │ message th │
//             from                                     to
//
// The first piece stays where it is and the others move up to it, in the same memory: one run of bytes for each read,
// however many chunks it brought.

const cr = 0x0d;
const lf = 0x0a;
const tab = 0x09;
const space = 0x20;
const semicolon = 0x3b;
const colon = 0x3a;

/** What each byte is worth as a hex digit; -1: it is none. */
const hex = Int8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  return /[0-9a-f]/i.test(letter) ? Number.parseInt(letter, 16) : -1;
});

/** Whether a byte may stand in the name of a trailer (RFC 9110, section 5.6.2). */
const inName = Array.from({ length: 256 }, (_, byte) =>
  /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)),
);

/** Eight hex digits: no chunk is nearly so long. */
const mostDigits = 8;
/** Bytes of extensions of one chunk, and of all trailers: nobody needs them. */
const mostBeside = 16 * 1024;

/**
 * What is waited for:
 *
 *     size ─▶ extension ─▶ size-lf ─▶ data ─▶ data-cr ─▶ data-lf ─▶ size …
 *                             └ 0: trailer ⇄ trailer-name, trailer-line, trailer-lf; end-lf ─▶ ended
 */
type State =
  | 'size'
  | 'extension'
  | 'size-lf'
  | 'data'
  | 'data-cr'
  | 'data-lf'
  | 'trailer'
  | 'trailer-name'
  | 'trailer-line'
  | 'trailer-lf'
  | 'end-lf'
  | 'ended';

/** Takes the chunk framing off one body, cut anywhere. */
export class Dechunker {
  /** Where the bytes of the body stand after {@link strip}. */
  from = 0;
  to = 0;
  #state: State = 'size';
  #digits = 0;
  /** Of the current chunk. */
  #left = 0;
  #beside = 0;

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /**
   * Strips `bytes` from `at` to `end` in place; what is of the body then stands at `from` … `to`. Returns where it
   * stopped: `end`, or behind the last chunk. Throws `HTTP_CHUNK`.
   */
  strip(bytes: Uint8Array, at: number, end: number): number {
    this.from = at;
    this.to = at;
    let place = at;
    while (place < end && this.#state !== 'ended') {
      if (this.#state === 'data') {
        const stop = Math.min(end, place + this.#left);
        this.#take(bytes, place, stop);
        place = stop;
      } else {
        const next = this.#state === 'data-cr' ? this.#skipFraming(bytes, place, end) : place;
        if (next === place) {
          this.#readFraming(bytes[place] ?? 0);
          place += 1;
        } else place = next;
      }
    }
    return place;
  }

  /** The next piece of the body. */
  #take(bytes: Uint8Array, place: number, stop: number): void {
    if (this.to === this.from) {
      this.from = place;
      this.to = stop;
    } else {
      bytes.copyWithin(this.to, place, stop);
      this.to += stop - place;
    }
    this.#left -= stop - place;
    if (this.#left === 0) this.#state = 'data-cr';
  }

  /**
   * What stands between two chunks, in one go: a line end, a size and a line end. Returns where the next data begins; or
   * `at`, where it isn't all there or not just that: then it is read byte by byte.
   */
  #skipFraming(bytes: Uint8Array, at: number, end: number): number {
    const digits = at + 2;
    const most = Math.min(end - 2, digits + mostDigits);
    let size = 0;
    let place = digits;
    for (; place < most; place += 1) {
      const digit = hex[bytes[place] as number] as number;
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    const isPlain = size > 0 && place + 2 <= end && isLineEnd(bytes, at) && isLineEnd(bytes, place);
    if (!isPlain) return at;
    this.#left = size;
    this.#state = 'data';
    return place + 2;
  }

  #readFraming(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#readSize(byte);
        return;
      case 'extension':
        if (byte === cr) this.#state = 'size-lf';
        else this.#skip(byte);
        return;
      case 'size-lf':
        this.#expect(byte, lf, this.#left === 0 ? 'trailer' : 'data');
        this.#digits = 0;
        return;
      case 'data-cr':
        this.#expect(byte, cr, 'data-lf');
        return;
      case 'data-lf':
        this.#expect(byte, lf, 'size');
        return;
      case 'trailer':
        if (byte === cr) {
          this.#state = 'end-lf';
          return;
        }
        this.#state = 'trailer-name';
        this.#skip(inName[byte] === true ? byte : 0);
        return;
      case 'trailer-name':
        if (byte === colon) this.#state = 'trailer-line';
        else this.#skip(inName[byte] === true ? byte : 0);
        return;
      case 'trailer-line':
        if (byte === cr) this.#state = 'trailer-lf';
        else this.#skip(byte);
        return;
      case 'trailer-lf':
        this.#expect(byte, lf, 'trailer');
        return;
      case 'end-lf':
        this.#expect(byte, lf, 'ended');
        return;
      default:
        return;
    }
  }

  #readSize(byte: number): void {
    const digit = hex[byte] ?? -1;
    if (digit >= 0 && this.#digits < mostDigits) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
    } else if (this.#digits === 0) {
      throw new HttpError('HTTP_CHUNK', 'Its size is missing.');
    } else if (byte === cr) {
      this.#state = 'size-lf';
    } else if (byte === semicolon || byte === space || byte === tab) {
      this.#state = 'extension';
    } else {
      throw new HttpError('HTTP_CHUNK', 'Its size is no hexadecimal number of eight digits at most.');
    }
  }

  #expect(byte: number, expected: number, next: State): void {
    if (byte !== expected) throw new HttpError('HTTP_CHUNK', 'A line end is missing.');
    this.#state = next;
  }

  /** One byte of an extension or a trailer, which mean nothing here. */
  #skip(byte: number): void {
    this.#beside += 1;
    if (this.#beside > mostBeside || (byte < space && byte !== tab)) {
      throw new HttpError('HTTP_CHUNK', 'Its extension or the trailer is too long or not legal.');
    }
  }
}

function isLineEnd(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === cr && bytes[at + 1] === lf;
}
