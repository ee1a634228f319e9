/** The big-endian number in the four bytes at `at`. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

/** Whether `bytes` holds exactly `known` from `start` to `end`. */
export function equalBytes(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let place = 0; place < known.length; place++) {
    if (known[place] !== bytes[start + place]) return false;
  }
  return true;
}
