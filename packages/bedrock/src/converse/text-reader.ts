import { KnownBytes } from '@streambed/event-stream';
import type { EncodedEvent } from '@streambed/protocol';
import { beyondAscii, ends, escapes, meanings } from '../families/byte-meanings.ts';
import { closing, DeltaEvent, type DeltaHead } from '../families/delta-event.ts';
import { endsInPadding } from '../families/padding.ts';

/** Longer texts are rare enough to be parsed. */
const longest = 4096;

/** A text, copied out of its payload. One for all readers: nothing in it outlives a call. */
const copy = Buffer.allocUnsafeSlow(longest);

/**
 * Reads a text delta of ConverseStream without parsing it. Those of one block begin alike, and a text without escapes is
 * the same in our JSON as in AWS's:
 *
 *     {"contentBlockIndex":0,"delta":{"text":"  Hello  "},"p":"abcdefgh"}
 *     ├── as in the delta before: compared ──┤├─text─┤├─ checked ──────┤
 *
 * What isn't proven is left to the parser, which gives the same event for what is.
 */
export class TextReader {
  #known: { readonly payload: KnownBytes; readonly head: DeltaHead } | undefined;

  /** The event, where its bytes prove what it is. */
  read(payload: Uint8Array): EncodedEvent | undefined {
    const known = this.#known;
    if (known?.payload.standsIn(payload, 0) !== true) return undefined;
    const start = known.payload.length;
    const most = Math.min(longest, payload.length - start);
    let found = 0;
    let length = 0;
    for (; length < most; length += 1) {
      const byte = payload[start + length] ?? 0;
      const meaning = meanings[byte] ?? ends;
      if ((meaning & (ends | escapes)) !== 0) break;
      found |= meaning;
      copy[length] = byte;
    }
    const end = start + length;
    if (length === 0 || payload[end] !== 0x22 || payload[end + 1] !== 0x7d) return undefined;
    if (!endsInPadding(payload, end + 2)) return undefined;
    const text = copy.toString((found & beyondAscii) === 0 ? 'latin1' : 'utf8', 0, length);
    return new DeltaEvent(known.head, text + closing);
  }

  /** The text block that stands at `at` has begun, as ours of that index: its next deltas begin alike. */
  learn(at: number, index: number): void {
    this.#known = {
      payload: new KnownBytes(Buffer.from(`{"contentBlockIndex":${at},"delta":{"text":"`)),
      head: {
        index,
        kind: 'text_delta',
        text: `{"type":"content_block_delta","index":${index},"delta":{"type":"text_delta","text":"`,
        rest: 0,
      },
    };
  }

  /** Something else has come: a text that follows may begin a block. */
  forget(): void {
    this.#known = undefined;
  }
}
