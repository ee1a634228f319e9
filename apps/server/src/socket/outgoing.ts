import type { Burst } from '@streambed/protocol';
import { lentCopy } from './lent-memory.ts';

/**
 * Messages that differ in nothing but what a delta says and in its seq, one for each delta of a burst:
 *
 *     before | seq, where there is one | between | what it says | after
 */
export interface BurstMessages {
  readonly burst: Burst;
  readonly before: string;
  /** Of the burst's first delta. */
  readonly seq?: number;
  readonly between: string;
  readonly after: string;
}

/** What goes out in one write: messages as text, and those of bursts. */
export type Outgoing = string | BurstMessages;

/** The plain twin of {@link outgoingBytes}: every message as text. */
export function textsOf(outgoing: readonly Outgoing[]): string[] {
  return outgoing.flatMap((one) => {
    if (typeof one === 'string') return [one];
    return one.burst.ends.map((_, index) => textOf(one, index));
  });
}

function textOf({ burst, before, seq, between, after }: BurstMessages, index: number): string {
  return `${before}${seq === undefined ? '' : seq + index}${between}${burst.piece(index)}${after}`;
}

/** How messages lie in the bytes of a write. */
export interface Framing {
  /** The most bytes that stand before a message. */
  readonly room: number;
  /** How many bytes stand before a message of so many bytes. */
  headLength(length: number): number;
  /** Writes them, and returns where the message begins. */
  writeHead(into: Buffer, offset: number, length: number): number;
}

/** One after another. */
export const noFraming: Framing = {
  room: 0,
  headLength: () => 0,
  writeHead: (_into, offset) => offset,
};

/**
 * WebSocket text frames (RFC 6455, 5.2). A server's are not masked:
 *
 *     0x81 (FIN, text) | length: 1 byte, or 126 and 2 bytes, or 127 and 8 bytes | UTF-8 text
 */
export const textFrames: Framing = {
  room: 10,
  headLength: (length) => (length < 126 ? 2 : length < 65_536 ? 4 : 10),
  writeHead(into, offset, length) {
    into[offset] = 0x81;
    if (length < 126) {
      into[offset + 1] = length;
      return offset + 2;
    }
    if (length < 65_536) {
      into[offset + 1] = 126;
      into[offset + 2] = length >> 8;
      into[offset + 3] = length & 0xff;
      return offset + 4;
    }
    into[offset + 1] = 127;
    into.writeUInt32BE(0, offset + 2);
    into.writeUInt32BE(length, offset + 6);
    return offset + 10;
  },
};

/** What is written is written here first, where there is room for the most it may be. */
const scratch = Buffer.allocUnsafeSlow(256 * 1024);
/** What a burst says, as bytes. */
const saidScratch = Buffer.allocUnsafeSlow(64 * 1024);

/** A UTF-16 unit is three bytes of UTF-8 at most: those of a pair are two each. */
const maxBytesPerUnit = 3;
/** Letters of the largest seq. */
const maxDigits = 16;

/** All messages, one behind the other, in memory that is lent: it may wait long for a slow reader. */
export function outgoingBytes(outgoing: readonly Outgoing[], framing: Framing): Buffer {
  let room = 0;
  for (const one of outgoing)
    room += typeof one === 'string' ? roomOf(one, framing) : roomOfBurst(one, framing);
  const into = room <= scratch.length ? scratch : Buffer.allocUnsafe(room);
  let offset = 0;
  for (const one of outgoing) {
    if (typeof one === 'string') offset = writeText(into, offset, one, framing);
    else if (one.burst.count > 1) offset = writeBurst(into, offset, one, framing);
    else offset = writeText(into, offset, textOf(one, 0), framing);
  }
  return lentCopy(into.subarray(0, offset));
}

function roomOf(text: string, framing: Framing): number {
  return framing.room + text.length * maxBytesPerUnit;
}

function roomOfBurst({ burst, before, between, after }: BurstMessages, framing: Framing): number {
  // In a burst of one, what it says is a text like others.
  const said = burst.count > 1 ? burst.said.length : burst.said.length * maxBytesPerUnit;
  const shared = (before.length + between.length + after.length) * maxBytesPerUnit;
  return said + burst.count * (framing.room + shared + maxDigits);
}

/** Returns where the next message begins. */
function writeText(into: Buffer, offset: number, text: string, framing: Framing): number {
  // How long the head is, the text's length says nearly always; only then it stands where it belongs at once.
  const guess = framing.headLength(text.length);
  const length = writeUtf8(into, offset + guess, text);
  const head = framing.headLength(length);
  if (head !== guess) into.copyWithin(offset + head, offset + guess, offset + guess + length);
  return framing.writeHead(into, offset, length) + length;
}

/** A token is written letter by letter in less time than a call out of JavaScript takes. */
function writeUtf8(into: Buffer, offset: number, text: string): number {
  if (text.length > 32) return into.write(text, offset);
  for (let index = 0; index < text.length; index += 1) {
    const letter = text.charCodeAt(index);
    if (letter > 127) return into.write(text, offset);
    into[offset + index] = letter;
  }
  return text.length;
}

/** The same for the messages of a burst: what they share is written once, and copied from there. */
function writeBurst(into: Buffer, offset: number, messages: BurstMessages, framing: Framing): number {
  const { burst, before, seq, between, after } = messages;
  const { ends } = burst;
  const said = saidBytes(burst);
  const lead = Buffer.byteLength(before);
  const shared = lead + Buffer.byteLength(between) + Buffer.byteLength(after);
  let at = offset;
  let place = 0;
  let digits = 0;
  /** The first number that has more digits. */
  let longer = 0;
  let opening: Uint8Array = none;
  let closing: Uint8Array = none;
  for (let index = 0; index < ends.length; index += 1) {
    const end = ends[index] as number;
    const number = seq === undefined ? -1 : seq + index;
    if (index > 0 && number < longer) {
      at = framing.writeHead(into, at, shared + digits + end - place);
      if (opening.length > 0) into.set(opening, at);
      if (digits > 0) writeNumber(into, at + lead, digits, number);
      at += opening.length;
    } else {
      digits = number < 0 ? 0 : String(number).length;
      longer = 10 ** digits;
      const start = framing.writeHead(into, at, shared + digits + end - place);
      at = start + into.write(before, start);
      if (digits > 0) writeNumber(into, at, digits, number);
      at += digits;
      at += into.write(between, at);
      opening = into.subarray(start, at);
    }
    for (; place < end; place += 1, at += 1) into[at] = said[place] as number;
    if (index === 0) closing = into.subarray(at, at + into.write(after, at));
    else if (closing.length > 8) into.set(closing, at);
    else
      for (let letter = 0; letter < closing.length; letter += 1)
        into[at + letter] = closing[letter] as number;
    at += closing.length;
  }
  return at;
}

const none = Buffer.alloc(0);

function saidBytes({ said }: Burst): Buffer {
  if (said.length > saidScratch.length) return Buffer.from(said, 'latin1');
  saidScratch.write(said, 0, 'latin1');
  return saidScratch;
}

function writeNumber(into: Buffer, offset: number, digits: number, number: number): void {
  let rest = number;
  for (let at = offset + digits - 1; at >= offset; at -= 1) {
    const tens = (rest / 10) | 0;
    into[at] = 0x30 + rest - tens * 10;
    rest = tens;
  }
}
