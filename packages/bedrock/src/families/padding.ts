const quote = 0x22;

/** Letters and digits, which is all that AWS's padding is made of. */
const isPadding = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9]/.test(String.fromCharCode(byte))),
);

const opening = Array.from('","p":"', (letter) => letter.charCodeAt(0));

/**
 * Whether all that follows from the closing quote of the last value of a payload is AWS's padding and the end, as in
 * `","p":"abcdef"}`, or the end alone, so that nothing else is said there.
 */
export function endsInPadding(payload: Uint8Array, from: number): boolean {
  const end = payload.length - 1;
  if (payload[end] !== 0x7d) return false;
  if (from === end - 1) return payload[from] === quote;
  for (let index = 0; index < opening.length; index += 1) {
    if (payload[from + index] !== opening[index]) return false;
  }
  if (payload[end - 1] !== quote) return false;
  for (let place = from + opening.length; place < end - 1; place += 1) {
    if (isPadding[payload[place] ?? 0] === 0) return false;
  }
  return from + opening.length <= end - 1;
}
