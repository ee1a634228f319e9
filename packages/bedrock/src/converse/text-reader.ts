import { KnownBytes, type Span } from '@streambed/event-stream';
import type { BurstKind, EventItem } from '@streambed/protocol';
import { type BurstHead, BurstWriter } from '../families/burst-writer.ts';
import { endsInPadding } from '../families/padding.ts';

/** How Converse says what a delta of ours says: what stands before its text, and how many braces close it. */
const forms: Readonly<Record<BurstKind, readonly [before: string, braces: number]>> = {
  text_delta: ['{"text":"', 1],
  thinking_delta: ['{"reasoningContent":{"text":"', 2],
  input_json_delta: ['{"toolUse":{"input":"', 2],
};

interface Known {
  readonly payload: KnownBytes;
  readonly head: BurstHead;
  readonly braces: number;
}

/**
 * Reads deltas of ConverseStream that say one text without parsing them, into bursts. Those of one block begin alike, and
 * what they say can stand in our JSON as it does in AWS's:
 *
 *     {"contentBlockIndex":0,"delta":{"text":"  Hello  "},"p":"abcdefgh"}
 *     ├── as in the delta before: compared ──┤├─text─┤├─ checked ──────┤
 *
 * What isn't proven is left to the parser, which gives the same event for what is.
 */
export class TextReader {
  #known: Known | undefined;
  readonly #bursts = new BurstWriter();

  /** Whether the bytes prove that it is such a delta. Then it is in the burst that `flush` brings out. */
  read(payload: Span, into: EventItem[]): boolean {
    const { bytes, view, from, to } = payload;
    const known = this.#known;
    if (known?.payload.standsIn(view, from, to) !== true) return false;
    const start = from + known.payload.length;
    this.#bursts.begin(known.head, into);
    let end = this.#bursts.copy(bytes, start, to);
    // What says nothing is no event of ours.
    if (end <= start) return false;
    for (let brace = 0; brace < known.braces; brace += 1) if (bytes[++end] !== 0x7d) return false;
    if (!endsInPadding(payload, end + 1)) return false;
    this.#bursts.keep();
    return true;
  }

  /** Brings out what has been read. Called before anything else is. */
  flush(into: EventItem[]): void {
    this.#bursts.flush(into);
  }

  /** The block that stands at `at` has begun, as ours of that head: its next deltas begin alike. */
  learn(at: number, head: BurstHead): void {
    const [before, braces] = forms[head.kind];
    const payload = new KnownBytes(Buffer.from(`{"contentBlockIndex":${at},"delta":${before}`));
    this.#known = { payload, head, braces };
  }

  /** Something else has come: a text that follows may begin a block. */
  forget(): void {
    this.#known = undefined;
  }
}
