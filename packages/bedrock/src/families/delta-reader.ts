import { KnownBytes, type Span } from '@streambed/event-stream';
import { type BurstKind, burstClosing, type EventItem } from '@streambed/protocol';
import { type BurstHead, BurstWriter } from './burst-writer.ts';
import { endsInPadding } from './padding.ts';

/** The ways in which a delta that holds one text begins, up to that text's first letter. */
const openings =
  /^\{"type":"content_block_delta","index":(\d{1,6}),"delta":\{"type":"(?:(text_delta)","text|(thinking_delta)","thinking|(input_json_delta)","partial_json)":"/;

/** Longer ones are rare enough to be parsed. */
const longest = 4096;

/** What stands in base64 for six bits; 255 for what is none. */
const sixBits = new Uint8Array(256).fill(255);
for (const [bits, letter] of [
  ...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
].entries()) {
  sixBits[letter.charCodeAt(0)] = bits;
}

/** The tail of an event, decoded. One for all readers: nothing in it outlives a call. */
const tail = Buffer.allocUnsafeSlow(longest);

/** How the deltas of one block begin. */
interface Known {
  /** The beginning of the payload that is alike: `{"bytes":"` and as much base64 as holds whole bytes of the event. */
  readonly payload: KnownBytes;
  /** What of the opening comes after it, 0 to 2 letters. */
  readonly rest: Uint8Array;
  readonly head: BurstHead;
}

/**
 * Reads deltas of Claude's without parsing them twice, into bursts. Nearly every message of an answer is one, and those of
 * one block begin with the very same bytes; after them comes a short tail, and padding:
 *
 *     {"bytes":"eyJ0eXBlIjoiY29udGVudF9ibG9 … InRleHQiOi  JIZWxsbyJ9fQ==  ","p":"abcdefgh"}
 *     ├── as in the delta before: compared ────────────┤├─ decoded ──┤├─ checked ──┤
 *
 *     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":  "Hello"}}
 *
 * A tail that is a closed JSON string and `}}` proves the whole event. What isn't proven, in whatever respect, is left to
 * the parser, which gives the same event for what is.
 */
export class DeltaReader {
  #known: Known | undefined;
  readonly #bursts = new BurstWriter();

  /** Whether the bytes prove that it is a delta. Then it is in the burst that `flush` brings out. */
  read(payload: Span, into: EventItem[]): boolean {
    const known = this.#known;
    if (known?.payload.standsIn(payload.view, payload.from, payload.to) !== true) return false;
    const { rest, head } = known;
    const length = decodeTail(payload, payload.from + known.payload.length);
    const end = length - burstClosing.length;
    if (end < rest.length) return false;
    for (let place = 0; place < rest.length; place += 1) if (tail[place] !== rest[place]) return false;
    if (tail[end + 1] !== brace || tail[end + 2] !== brace) return false;
    this.#bursts.begin(head, into);
    if (this.#bursts.copy(tail, rest.length, length) !== end) return false;
    this.#bursts.keep();
    return true;
  }

  /** Brings out what has been read. Called before anything else is. */
  flush(into: EventItem[]): void {
    this.#bursts.flush(into);
  }

  /** Takes note of how an event begins that had to be parsed. */
  learn(json: string): void {
    const found = openings.exec(json);
    if (found === null) return;
    const [opening, index, ...kinds] = found;
    const kind = kinds.find((one) => one !== undefined) as BurstKind;
    const whole = opening.length - (opening.length % 3);
    const base64 = Buffer.from(opening.slice(0, whole), 'latin1').toString('base64');
    this.#known = {
      payload: new KnownBytes(Buffer.from(`{"bytes":"${base64}`, 'latin1')),
      rest: Buffer.from(opening.slice(whole), 'latin1'),
      head: { index: Number(index), kind },
    };
  }
}

/**
 * Decodes the base64 that stands at `from` into `tail`; only where a quote, padding and the payload's end follow. Returns
 * the number of bytes, 0 where anything is otherwise.
 */
function decodeTail(payload: Span, from: number): number {
  const { bytes, to } = payload;
  let length = 0;
  let place = from;
  for (; length + 3 <= longest && place + 4 <= to; place += 4, length += 3) {
    const first = sixBits[bytes[place] as number] as number;
    const second = sixBits[bytes[place + 1] as number] as number;
    const third = sixBits[bytes[place + 2] as number] as number;
    const fourth = sixBits[bytes[place + 3] as number] as number;
    if ((first | second | third | fourth) > 63) break;
    tail[length] = (first << 2) | (second >> 4);
    tail[length + 1] = (second << 4) | (third >> 2);
    tail[length + 2] = (third << 6) | fourth;
  }
  if (bytes[place] !== quote) {
    // One or two bytes are left, and `==` or `=`.
    if (place + 4 > to) return 0;
    const first = sixBits[bytes[place] as number] as number;
    const second = sixBits[bytes[place + 1] as number] as number;
    const third = sixBits[bytes[place + 2] as number] as number;
    if ((first | second) > 63 || bytes[place + 3] !== equals || length + 2 > longest) return 0;
    tail[length] = (first << 2) | (second >> 4);
    length += 1;
    if (bytes[place + 2] !== equals) {
      if (third > 63) return 0;
      tail[length] = (second << 4) | (third >> 2);
      length += 1;
    }
    place += 4;
  }
  return bytes[place] === quote && endsInPadding(payload, place + 1) ? length : 0;
}

const quote = 0x22;
const equals = 0x3d;
const brace = 0x7d;
