import {
  Burst,
  type BurstKind,
  type EncodedEvent,
  type EventItem,
  endOf,
  type GenerationEvent,
  type GenerationId,
} from '@streambed/protocol';
import type { RecordBody } from './record-framing.ts';

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

/** What a burst says lies in one piece; what its events share is said once, in the head. */
type HeadItem = number | readonly [index: number, kind: BurstKind, lengths: readonly number[]];

interface Head {
  readonly g: GenerationId;
  readonly t: number;
  readonly s: number;
  /** Of each item: the length of its text, or what is to be known of a burst and the lengths of what it says. */
  readonly n: readonly HeadItem[];
  /** 2: lengths are bytes. Absent: UTF-16 units, as they were written once, when there were no bursts. */
  readonly v?: 2;
  readonly e?: 1;
}

/** A line of JSON (a {@link Head}) that says whose events these are and how long each is, then their texts as they came. */
export function eventsRecord(
  generation: GenerationId,
  at: number,
  first: number,
  items: readonly EventItem[],
): RecordBody {
  let lengths = '';
  let size = 0;
  for (const item of items) {
    if (lengths !== '') lengths += ',';
    if (item instanceof Burst) {
      size += item.said.length;
      lengths += `[${item.index},"${item.kind}",[${lengthsOf(item)}]]`;
    } else {
      const length = Buffer.byteLength(item.json);
      size += length;
      lengths += length;
    }
  }
  const ends = endOf(items) !== undefined;
  const head = `{"g":"${generation}","t":${at},"s":${first},"v":2,"n":[${lengths}]${ends ? ',"e":1' : ''}}\n`;
  return {
    room: head.length + size,
    write(into, offset) {
      let place = offset + into.write(head, offset, 'latin1');
      for (const item of items) {
        place +=
          item instanceof Burst
            ? into.write(item.said, place, 'latin1')
            : into.write(item.json, place, 'utf8');
      }
      return place - offset;
    },
  };
}

function lengthsOf({ ends }: Burst): string {
  let lengths = '';
  let start = 0;
  for (const end of ends) {
    lengths += start === 0 && lengths === '' ? end : `,${end - start}`;
    start = end;
  }
  return lengths;
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
  let count = 0;
  for (const item of n) count += typeof item === 'number' ? 1 : item[2].length;
  return { generation: g, at: t, first: s, count, ends: e === 1 };
}

/** The events of a record, as they were. */
export function decodeEvents(body: Buffer): readonly EventItem[] {
  const { n, v } = headOf(body);
  const start = body.indexOf(10) + 1;
  return v === 2 ? decodeItems(body, start, n) : decodeTexts(body.toString('utf8', start), n);
}

function decodeItems(body: Buffer, start: number, lengths: Head['n']): readonly EventItem[] {
  let at = start;
  return lengths.map((item) => {
    const from = at;
    if (typeof item === 'number') {
      at += item;
      return eventOf(body.toString('utf8', from, at));
    }
    const [index, kind, parts] = item;
    const ends = parts.map((length) => {
      at += length;
      return at - from;
    });
    return new Burst(index, kind, body.toString('latin1', from, at), ends);
  });
}

function decodeTexts(text: string, lengths: Head['n']): readonly EventItem[] {
  let at = 0;
  return lengths.map((length) => {
    const from = at;
    at += Number(length);
    return eventOf(text.slice(from, at));
  });
}

function eventOf(json: string): EncodedEvent {
  return { json, event: JSON.parse(json) as GenerationEvent };
}

function headOf(body: Buffer): Head {
  return JSON.parse(body.toString('utf8', 0, body.indexOf(10))) as Head;
}
