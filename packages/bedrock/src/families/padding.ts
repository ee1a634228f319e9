const quote = 0x22;
const brace = 0x7d;

/** Letters and digits, which is all that AWS's padding is made of. */
const isPadding = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9]/.test(String.fromCharCode(byte))),
);

const opening = Array.from(',"p":"', (letter) => letter.charCodeAt(0));

/**
 * Whether nothing more is said from `from` on, behind the last value of a payload: there stands the end, or AWS's padding
 * and the end, as in `,"p":"abcdef"}`.
 */
export function endsInPadding(payload: Uint8Array, from: number): boolean {
  const end = payload.length - 1;
  if (payload[end] !== brace) return false;
  if (from === end) return true;
  for (let index = 0; index < opening.length; index += 1) {
    if (payload[from + index] !== opening[index]) return false;
  }
  const first = from + opening.length;
  if (first > end - 1 || payload[end - 1] !== quote) return false;
  for (let place = first; place < end - 1; place += 1) {
    if (isPadding[payload[place] ?? 0] === 0) return false;
  }
  return true;
}
