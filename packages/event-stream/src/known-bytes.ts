/**
 * Bytes that are expected to come again and again. Compared four at a time by way of a view that is kept for as long as
 * what is compared with lies in the same memory, as all messages of one read do: byte by byte takes three times as long.
 */
export class KnownBytes {
  readonly length: number;
  readonly #words: Int32Array;
  /** The last four bytes, which may have some in common with the last of the words. */
  readonly #last: number;
  /** Fewer than four are all there is. */
  readonly #few: Uint8Array;

  /** Copies the bytes. */
  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    const isFew = bytes.length < 4;
    const from = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#words = Int32Array.from({ length: bytes.length >> 2 }, (_, index) => from.getInt32(index * 4));
    this.#last = isFew ? 0 : from.getInt32(bytes.length - 4);
    this.#few = isFew ? Uint8Array.from(bytes) : nothing;
  }

  /** Whether they stand at `at` of `source`. */
  standsIn(source: Uint8Array, at: number): boolean {
    const length = this.length;
    if (at + length > source.length) return false;
    if (length < 4) return this.#few.every((byte, index) => byte === source[at + index]);
    const from = viewOf(source.buffer);
    let offset = source.byteOffset + at;
    if (this.#last !== from.getInt32(offset + length - 4)) return false;
    const words = this.#words;
    const count = words.length;
    for (let index = 0; index < count; index += 1, offset += 4) {
      if (words[index] !== from.getInt32(offset)) return false;
    }
    return true;
  }
}

const nothing = new Uint8Array(0);

/** Of the memory that was last looked at: a read's buffer at most is kept alive by it. */
let view: DataView = new DataView(new ArrayBuffer(0));

function viewOf(buffer: ArrayBufferLike): DataView {
  if (view.buffer !== buffer) view = new DataView(buffer);
  return view;
}
