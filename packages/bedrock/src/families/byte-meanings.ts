/** What a byte means within a JSON string: nothing, its end or an error, an escape, or a letter beyond ASCII. */
export const ends = 1;
const escapes = 2;
export const beyondAscii = 4;
export const meanings = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte < 0x20 || byte === 0x22) return ends;
  if (byte === 0x5c) return escapes;
  return byte < 0x80 ? 0 : beyondAscii;
});
