/**
 * Bytes that are expected to come again and again. Compared four at a time by way of a view that is kept for as long as
 * what is compared with lies in the same memory, as all messages of one read do: byte by byte takes three times as long.
 */
export class KnownBytes {
  readonly length: number;
  readonly #words: Int32Array;
  /** What is left behind the last four. */
  readonly #rest: Uint8Array;

  /** Copies the bytes. */
  constructor(bytes: Uint8Array) {
    this.length = bytes.length;
    const words = bytes.length >> 2;
    const from = viewOf(bytes.buffer);
    this.#words = Int32Array.from({ length: words }, (_, index) =>
      from.getInt32(bytes.byteOffset + index * 4),
    );
    this.#rest = Uint8Array.from(bytes.subarray(words * 4));
  }

  /** Whether they stand at `at` of `source`. */
  standsIn(source: Uint8Array, at: number): boolean {
    if (at + this.length > source.length) return false;
    const from = viewOf(source.buffer);
    const words = this.#words;
    let offset = source.byteOffset + at;
    for (let index = 0; index < words.length; index += 1, offset += 4) {
      if (words[index] !== from.getInt32(offset)) return false;
    }
    const rest = this.#rest;
    for (let index = 0; index < rest.length; index += 1, offset += 1) {
      if (rest[index] !== from.getUint8(offset)) return false;
    }
    return true;
  }
}

/** Of the memory that was last looked at: a read's buffer at most is kept alive by it. */
let view: DataView = new DataView(new ArrayBuffer(0));

function viewOf(buffer: ArrayBufferLike): DataView {
  if (view.buffer !== buffer) view = new DataView(buffer);
  return view;
}
