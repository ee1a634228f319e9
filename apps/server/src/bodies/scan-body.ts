import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';

/** What a large body was taken apart into. */
export interface ScannedBody {
  /** The body's JSON with the middles of its long strings replaced by stand-ins. */
  readonly skeleton: string;
  /** From where to where each middle lies in the body. */
  readonly pieces: readonly (readonly [number, number])[];
  /** A hash of each. */
  readonly digests: readonly string[];
}

export interface ScanOptions {
  /** What stands for the piece of that number. */
  readonly standIn: (index: number) => string;
  /** So long the skeleton may be, in bytes. */
  readonly maxSkeleton: number;
}

/** Why a body can't be taken apart. */
export class ScanError extends Error {
  readonly kind: 'not JSON' | 'too much';

  constructor(kind: ScanError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Strings that are shorter are left alone. */
const shortest = 512;

/** Of a long string this much of its beginning stays: what a data URL says of itself, and what tells a kind of file. */
const headBytes = 128;
const tailBytes = 16;

/** Fields whose strings are taken apart themselves: JSON inside JSON, and sealed thinking. */
const readFields = new Set(['arguments', 'encrypted_content', 'signature', 'redactedContent']);

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

interface Candidate {
  readonly from: number;
  readonly to: number;
}

/**
 * Takes a JSON text apart without decoding its long strings. The longest go first, until what is left is at most
 * `maxSkeleton`. Throws ScanError where it isn't JSON in UTF-8, or where there is too much of what is short.
 */
export function scanBody(body: Uint8Array, { standIn, maxSkeleton }: ScanOptions): ScannedBody {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (!isUtf8(bytes)) throw new ScanError('not JSON', 'it is not UTF-8');
  const chosen = choose(longStrings(bytes), bytes.length, maxSkeleton / 2, standIn(0).length);
  const pieces: [number, number][] = [];
  const digests: string[] = [];
  const kept: string[] = [];
  let at = 0;
  for (const { from, to } of chosen) {
    checkText(bytes.toString('utf8', from, to));
    kept.push(bytes.toString('utf8', at, from), standIn(pieces.length));
    digests.push(createHash('sha256').update(bytes.subarray(from, to)).digest('base64url'));
    pieces.push([from, to]);
    at = to;
  }
  kept.push(bytes.toString('utf8', at));
  const skeleton = kept.join('');
  if (Buffer.byteLength(skeleton) > maxSkeleton) {
    throw new ScanError('too much', 'there is too much in it beside long texts and files');
  }
  return { skeleton, pieces, digests };
}

/** The middles of all long strings that may be left out. */
function longStrings(bytes: Buffer): Candidate[] {
  const found: Candidate[] = [];
  let key = '';
  for (let start = bytes.indexOf(quote); start >= 0; ) {
    const end = endOfString(bytes, start + 1);
    if (bytes[afterSpace(bytes, end + 1)] === colon)
      key = bytes.toString('latin1', start + 1, Math.min(end, start + 40));
    else if (end - start > shortest && !readFields.has(key)) {
      const middle = middleOf(bytes, start + 1, end);
      if (middle !== undefined) found.push(middle);
    }
    start = bytes.indexOf(quote, end + 1);
  }
  return found;
}

/** Where the string ends that begins there: at its closing quote. */
function endOfString(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(quote, from); at >= 0; at = bytes.indexOf(quote, at + 1)) {
    if (backslashesBefore(bytes, at, from) % 2 === 0) return at;
  }
  throw new ScanError('not JSON', 'a string has no end');
}

function backslashesBefore(bytes: Buffer, at: number, from: number): number {
  let count = 0;
  while (at - count - 1 >= from && bytes[at - count - 1] === backslash) count += 1;
  return count;
}

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at += 1;
  return at;
}

/** What of a string can be left out: its length in whole groups of base64, its ends between two characters. */
function middleOf(bytes: Buffer, from: number, end: number): Candidate | undefined {
  const head = bytes.toString('latin1', from, from + headBytes);
  // A text in a data URL is decoded where it is read.
  if (/^data:/i.test(head) && !/^data:(?!text\/plain)[^,]*;base64,/i.test(head)) return undefined;
  let start = from + headBytes;
  while (start < end && !isBetween(bytes, start, from)) start += 1;
  for (let to = end - tailBytes - ((end - tailBytes - start) % 4); to > start; to -= 4) {
    if (isBetween(bytes, to, from)) return { from: start, to };
    if (end - to > shortest) return undefined;
  }
  return undefined;
}

/** Whether a string may be cut there: not inside a character, an escape or a pair of surrogates. */
function isBetween(bytes: Buffer, at: number, from: number): boolean {
  if (((bytes[at] ?? 0) & 0xc0) === 0x80) return false;
  if (backslashesBefore(bytes, at, from) % 2 === 1) return false;
  const before = bytes.toString('latin1', Math.max(from, at - 6), at);
  const escapeAt = before.lastIndexOf('\\u');
  if (escapeAt < 0) return true;
  const complete = before.length - escapeAt === 6;
  return complete && !/^\\u[dD][89abAB]/.test(before.slice(escapeAt));
}

/** The longest, until the rest is small enough; in the order in which they stand in the body. */
function choose(found: readonly Candidate[], size: number, enough: number, each: number): Candidate[] {
  const longest = [...found].sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from);
  let left = size;
  let count = 0;
  for (; count < longest.length && left > enough; count += 1) {
    const { from, to } = longest[count] as Candidate;
    left -= to - from - each;
  }
  return longest.slice(0, count).sort((a, b) => a.from - b.from);
}

/** Throws unless this may stand between the quotes of a JSON string. */
function checkText(text: string): void {
  try {
    JSON.parse(`"${text}"`);
  } catch (error) {
    throw new ScanError('not JSON', error instanceof Error ? error.message.slice(0, 200) : 'unreadable');
  }
}
