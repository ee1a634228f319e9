/** Bytes that are expected to come again and again. Compared four at a time: byte by byte takes three times as long. */
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
    this.#words = Int32Array.from({ length: bytes.length >> 2 }, (_, index) =>
      from.getInt32(index * 4, true),
    );
    this.#last = isFew ? 0 : from.getInt32(bytes.length - 4, true);
    this.#few = isFew ? Uint8Array.from(bytes) : new Uint8Array(0);
  }

  /** Whether they stand at `at` of `view`, and end before `limit`. */
  standsIn(view: DataView, at: number, limit: number): boolean {
    const length = this.length;
    if (at + length > limit) return false;
    if (length < 4) return this.#few.every((byte, index) => byte === view.getUint8(at + index));
    if (this.#last !== view.getInt32(at + length - 4, true)) return false;
    const words = this.#words;
    const count = words.length;
    let place = at;
    for (let index = 0; index < count; index += 1, place += 4) {
      if (words[index] !== view.getInt32(place, true)) return false;
    }
    return true;
  }
}
