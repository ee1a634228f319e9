/** What is lent at once; about what a busy socket brings in one turn of the event loop. */
const blockBytes = 64 * 1024;
/** So many blocks that nobody has are kept for the next; the rest is left to the garbage collector. */
const mostFree = 64;

/** Blocks that nobody has. */
const free: Buffer[] = [];

function takeBlock(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
}

function giveBack(blocks: readonly Buffer[]): void {
  for (const block of blocks) if (free.length < mostFree) free.push(block);
}

/**
 * Bytes that have come and wait for their reader, in memory that goes round:
 *
 *     socket ── add, copied ──▶ │ waiting │ ── take ──▶ reader ── take or giveBack ──▶ free blocks ─▶ …
 *
 * Memory made for each read would be garbage a moment later, a hundred megabytes of it a second where an upstream is fast:
 * outside of the heap, so that the whole heap is collected again and again because of it.
 */
export class Intake {
  #blocks: Buffer[] = [];
  /** Bytes of the last block. */
  #filled = 0;
  #lent: readonly Buffer[] = [];

  /** How many bytes wait. */
  get length(): number {
    return this.#blocks.length === 0 ? 0 : (this.#blocks.length - 1) * blockBytes + this.#filled;
  }

  /** Copies the bytes. */
  add(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      let block = this.#blocks.at(-1);
      if (block === undefined || this.#filled === blockBytes) {
        block = takeBlock();
        this.#blocks.push(block);
        this.#filled = 0;
      }
      const count = Math.min(bytes.length - from, blockBytes - this.#filled);
      block.set(count === bytes.length ? bytes : bytes.subarray(from, from + count), this.#filled);
      this.#filled += count;
      from += count;
    }
  }

  /** All that waits, in order; good until the next call of this or of {@link giveBack}. */
  take(): Uint8Array[] {
    this.giveBack();
    this.#lent = this.#blocks;
    const pieces: Uint8Array[] = [...this.#lent];
    const last = pieces.pop();
    if (last !== undefined) pieces.push(last.subarray(0, this.#filled));
    this.#blocks = [];
    this.#filled = 0;
    return pieces;
  }

  /** The reader is done with what it took. */
  giveBack(): void {
    giveBack(this.#lent);
    this.#lent = [];
  }

  /** Nobody will read what waits. */
  drop(): void {
    giveBack(this.#blocks);
    this.#blocks = [];
    this.#filled = 0;
  }
}
