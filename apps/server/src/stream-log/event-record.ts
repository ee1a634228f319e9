import type { EncodedEvent, GenerationEvent, GenerationId } from '@streambed/protocol';

/** Consecutive events of one generation, as they lie in a segment. */
export interface EventRecord {
  readonly generation: GenerationId;
  /** When they came, in milliseconds since 1970. */
  readonly at: number;
  /** The seq of the first. */
  readonly first: number;
  readonly count: number;
  /** Whether the last is the end. */
  readonly ends: boolean;
}

interface Head {
  readonly g: GenerationId;
  readonly t: number;
  readonly s: number;
  /** Lengths of the texts, in UTF-16 units. */
  readonly n: readonly number[];
  readonly e?: 1;
}

/** A line of JSON (a {@link Head}) that says whose events these are and how long each is, then their texts as they came. */
export function encodeEvents(
  generation: GenerationId,
  at: number,
  first: number,
  events: readonly EncodedEvent[],
): string {
  let lengths = '';
  let texts = '';
  for (const { json } of events) {
    lengths += lengths === '' ? json.length : `,${json.length}`;
    texts += json;
  }
  const ends = events.at(-1)?.event.type === 'generation_stop';
  return `{"g":"${generation}","t":${at},"s":${first},"n":[${lengths}]${ends ? ',"e":1' : ''}}\n${texts}`;
}

/** A record of one text of a generation's, in place of events. */
export function encodeText(generation: GenerationId, at: number, text: string): string {
  return `{"g":"${generation}","t":${at},"s":1,"n":[${text.length}]}\n${text}`;
}

/** The text of such a record. */
export function decodeText(body: Buffer): string {
  return body.toString('utf8', body.indexOf(10) + 1);
}

/** What a record says of itself. Its body is our own, its checksum right. */
export function readHead(body: Buffer): EventRecord {
  const { g, t, s, n, e } = headOf(body);
  return { generation: g, at: t, first: s, count: n.length, ends: e === 1 };
}

/** The events of a record, their texts as they were. */
export function decodeEvents(body: Buffer): readonly EncodedEvent[] {
  const { n } = headOf(body);
  const text = body.toString('utf8', body.indexOf(10) + 1);
  let at = 0;
  return n.map((length) => {
    const json = text.slice(at, at + length);
    at += length;
    return { json, event: JSON.parse(json) as GenerationEvent };
  });
}

function headOf(body: Buffer): Head {
  return JSON.parse(body.toString('utf8', 0, body.indexOf(10))) as Head;
}
