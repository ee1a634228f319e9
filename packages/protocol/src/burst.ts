import type { Delta, EncodedEvent, GenerationEvent, GenerationStop } from './events.ts';

/** Kinds of deltas that hold one text and nothing else. */
export type BurstKind = 'text_delta' | 'thinking_delta' | 'input_json_delta';

/** The field in which a delta of a kind says what it says. */
export const saidIn = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  input_json_delta: 'partial_json',
} as const;

/** What follows what a delta says, to the end of its event's JSON. */
export const burstClosing = '"}}';

/** Nearly always the same one as before. */
let lastOpening: { readonly index: number; readonly kind: BurstKind | undefined; readonly json: string } = {
  index: -1,
  kind: undefined,
  json: '',
};

/**
 * Neighbouring deltas of one block and kind that came together, as one item: as many events, each with its own seq, but
 * no object and no string for each of them.
 *
 *     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"  Hel  "}}
 *     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"  lo,  "}}
 *     {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"   you  "}}
 *     ├── opening: the same for all ─────────────────────────────────────────────┤    ├closing┤
 *
 *     said   H e l l o ,   y o u        ends   3, 6, 10
 *
 * Its plain twin is {@link Burst.events}: whoever has no reason to be quick reads those.
 */
export class Burst {
  /** Of the content block. */
  readonly index: number;
  readonly kind: BurstKind;
  /**
   * What the deltas say, one after another, as it stands in JSON between the quotes: valid UTF-8, each *byte* one letter
   * of this string. (Nobody keeps so many small pieces of bytes as cheaply as a string does.)
   */
  readonly said: string;
  /** Where in `said` each of them ends. */
  readonly ends: readonly number[];

  constructor(index: number, kind: BurstKind, said: string, ends: readonly number[]) {
    this.index = index;
    this.kind = kind;
    this.said = said;
    this.ends = ends;
  }

  /** How many events it is. */
  get count(): number {
    return this.ends.length;
  }

  /** The JSON of each of its events, as far as it is the same. */
  get opening(): string {
    const { index, kind } = this;
    if (index !== lastOpening.index || kind !== lastOpening.kind) {
      const json = `{"type":"content_block_delta","index":${index},"delta":{"type":"${kind}","${saidIn[kind]}":"`;
      lastOpening = { index, kind, json };
    }
    return lastOpening.json;
  }

  /** How much JSON its events are, in bytes. */
  get size(): number {
    return this.said.length + this.count * this.#frame;
  }

  /** How many of its events, from the first on, are no more than `size` bytes of JSON. */
  fitting(size: number): number {
    const frame = this.#frame;
    let count = 0;
    while (count < this.count && (this.ends[count] ?? 0) + (count + 1) * frame <= size) count += 1;
    return count;
  }

  /** What all of them say together. */
  get text(): string {
    return unescaped(decoded(this.said));
  }

  /** What one of them says, counted from 0, as text that stands in JSON between quotes. */
  piece(index: number): string {
    return decoded(this.said.slice(this.ends[index - 1] ?? 0, this.ends[index]));
  }

  /** Some of its events, counted from 0. */
  slice(from: number, to: number = this.count): Burst {
    if (from <= 0 && to >= this.count) return this;
    const start = this.ends[from - 1] ?? 0;
    const ends = this.ends.slice(from, to).map((end) => end - start);
    return new Burst(this.index, this.kind, this.said.slice(start, start + (ends.at(-1) ?? 0)), ends);
  }

  /** Its events, one by one. */
  events(): EncodedEvent[] {
    const { opening } = this;
    return this.ends.map((_, index) => new BurstEvent(this, opening, this.piece(index)));
  }

  get #frame(): number {
    return this.opening.length + burstClosing.length;
  }
}

/** One event of a burst. Its parts are made when they are asked for. */
class BurstEvent implements EncodedEvent {
  readonly #burst: Burst;
  readonly #opening: string;
  readonly #piece: string;

  constructor(burst: Burst, opening: string, piece: string) {
    this.#burst = burst;
    this.#opening = opening;
    this.#piece = piece;
  }

  get event(): GenerationEvent {
    const { index, kind } = this.#burst;
    const delta = { type: kind, [saidIn[kind]]: unescaped(this.#piece) } as unknown as Delta;
    return { type: 'content_block_delta', index, delta };
  }

  get json(): string {
    return this.#opening + this.#piece + burstClosing;
  }

  get text(): string | undefined {
    return this.#burst.kind === 'text_delta' ? unescaped(this.#piece) : undefined;
  }
}

/** What a batch is made of: an event, or many that look alike. */
export type EventItem = EncodedEvent | Burst;

/** How many events the items are. */
export function countOf(items: readonly EventItem[]): number {
  let count = 0;
  for (const item of items) count += item instanceof Burst ? item.count : 1;
  return count;
}

/** All events, one by one. */
export function eventsOf(items: readonly EventItem[]): readonly EncodedEvent[] {
  const events: EncodedEvent[] = [];
  for (const item of items) {
    if (!(item instanceof Burst)) events.push(item);
    else for (const event of item.events()) events.push(event);
  }
  return events;
}

/** The end of a generation, where the items hold it: nothing follows it. */
export function endOf(items: readonly EventItem[]): GenerationStop | undefined {
  const last = items.at(-1);
  if (last === undefined || last instanceof Burst) return undefined;
  // Most last items are a delta: then their event need not be made.
  return last.text === undefined && last.event.type === 'generation_stop' ? last.event : undefined;
}

// What begins with U+FEFF says so.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes that stand as letters, as the text they are. */
function decoded(said: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it means ASCII.
  if (/^[\x00-\x7f]*$/.test(said)) return said;
  return utf8.decode(Uint8Array.from(said, (letter) => letter.charCodeAt(0)));
}

function unescaped(literal: string): string {
  return literal.includes('\\') ? (JSON.parse(`"${literal}"`) as string) : literal;
}
