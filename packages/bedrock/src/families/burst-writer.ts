import { isUtf8 } from 'node:buffer';
import { Burst, type BurstKind, type EventItem } from '@streambed/protocol';
import { beyondAscii, ends, meanings } from './byte-meanings.ts';

/** What the deltas of a burst have in common. */
export interface BurstHead {
  readonly index: number;
  readonly kind: BurstKind;
}

/** What a longer delta says is rare enough to be parsed. */
const longestSaid = 4096;

const room = 32 * 1024;

/** What the burst says that is being written. One for all writers: nothing in it outlives the reading of one batch. */
const said = Buffer.allocUnsafeSlow(room + longestSaid);

/**
 * Gathers the deltas that one read brings into bursts. A delta is added in three steps: `begin`, `copy` what it says, and
 * `keep` it, once all of its bytes are proven. Whoever adds flushes before another may add.
 */
export class BurstWriter {
  #head: BurstHead | undefined;
  /** Goes on growing; `#count` of them are this burst's. */
  readonly #ends: number[] = [];
  #count = 0;
  /** How much is kept, and how much is copied. */
  #length = 0;
  #copied = 0;

  /** A delta that goes on where the one before it ended, or else begins a burst of its own. */
  begin(head: BurstHead, into: EventItem[]): void {
    if (this.#head === head && this.#length <= room) return;
    this.flush(into);
    this.#head = head;
  }

  /**
   * Copies what stands in JSON between quotes, from the first letter on; returns where the closing quote stands. -1 where
   * there is none before `limit`, or where it isn't what a parser would take as it stands.
   */
  copy(bytes: Uint8Array, from: number, limit: number): number {
    const most = Math.min(limit, from + longestSaid);
    let at = this.#length;
    let wide = false;
    for (let place = from; place < most; place += 1, at += 1) {
      const byte = bytes[place] as number;
      said[at] = byte;
      const meaning = meanings[byte];
      if (meaning === 0) continue;
      if (meaning === beyondAscii) {
        wide = true;
      } else if (meaning === ends) {
        if (byte !== quote || (wide && !isUtf8(said.subarray(this.#length, at)))) return -1;
        this.#copied = at;
        return place;
      } else {
        if (!isEscape(bytes, place + 1, most)) return -1;
        // It may be a quote or a backslash of its own, which means nothing then.
        place += 1;
        at += 1;
        said[at] = bytes[place] as number;
      }
    }
    return -1;
  }

  /** What was copied last is a delta. */
  keep(): void {
    this.#length = this.#copied;
    this.#ends[this.#count] = this.#length;
    this.#count += 1;
  }

  /** What is kept becomes one item. */
  flush(into: EventItem[]): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = undefined;
    if (this.#count === 0) return;
    // Kept for as long as the answer is: no larger than it has to be.
    const ends = this.#ends.slice(0, this.#count);
    into.push(new Burst(head.index, head.kind, said.toString('latin1', 0, this.#length), ends));
    this.#length = 0;
    this.#count = 0;
  }
}

const quote = 0x22;

/** 1 for a letter that is an escape behind a backslash, 2 for the one that four hex digits follow. */
const escapeLetters = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  return '"\\/bfnrt'.includes(letter) ? 1 : Number(letter === 'u') * 2;
});

const hexDigits = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[0-9a-fA-F]/.test(String.fromCharCode(byte))),
);

/** Whether what stands at `at`, behind a backslash, is an escape that JSON knows, with all of it before `limit`. */
function isEscape(bytes: Uint8Array, at: number, limit: number): boolean {
  if (at >= limit) return false;
  const kind = escapeLetters[bytes[at] as number];
  if (kind !== 2) return kind === 1;
  if (at + 4 >= limit) return false;
  for (let digit = at + 1; digit <= at + 4; digit += 1) {
    if (hexDigits[bytes[digit] as number] === 0) return false;
  }
  return true;
}
