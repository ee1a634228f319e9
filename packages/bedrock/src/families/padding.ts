import { KnownBytes, type Span } from '@streambed/event-stream';

const quote = 0x22;
const brace = 0x7d;

/** Letters and digits, which is all that AWS's padding is made of. */
const isPadding = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9]/.test(String.fromCharCode(byte))),
);

const opening = Array.from(',"p":"', (letter) => letter.charCodeAt(0));
/** Behind the padding. */
const closingLength = 2;

/** AWS pads with the beginning of this. What stands there then, by the number of its letters. */
const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const usual = Array.from(
  { length: letters.length + 1 },
  (_, count) => new KnownBytes(Buffer.from(`,"p":"${letters.slice(0, count)}"}`)),
);

/**
 * Whether nothing more is said from `from` on, behind the last value of a payload: there stands the end, or AWS's padding
 * and the end, as in `,"p":"abcdef"}`.
 */
export function endsInPadding(payload: Span, from: number): boolean {
  const { bytes, view, to } = payload;
  const end = to - 1;
  if (from >= to || bytes[end] !== brace) return false;
  if (from === end) return true;
  const count = to - from - opening.length - closingLength;
  if (count < 0) return false;
  return usual[count]?.standsIn(view, from, to) === true || isPadded(bytes, from, end);
}

/** The same, letter by letter. */
function isPadded(bytes: Uint8Array, from: number, end: number): boolean {
  for (let index = 0; index < opening.length; index += 1) {
    if (bytes[from + index] !== opening[index]) return false;
  }
  if (bytes[end - 1] !== quote) return false;
  for (let place = from + opening.length; place < end - 1; place += 1) {
    if (isPadding[bytes[place] as number] === 0) return false;
  }
  return true;
}
