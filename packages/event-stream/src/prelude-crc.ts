/** One step of CRC-32 (the polynomial as zlib has it, reflected) for each value of a byte. */
const table = Int32Array.from({ length: 256 }, (_, value) => {
  let crc = value;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** What the lowest byte of `byte` makes of the inner state of a CRC-32, which is its complement. */
export function crcStep(state: number, byte: number): number {
  return (state >>> 8) ^ (table[(state ^ byte) & 0xff] ?? 0);
}

/** CRC-32 of the 8 bytes at `at`: for so few a call out of JavaScript costs ten times the work. */
export function preludeCrc(view: DataView, at: number): number {
  let state = -1;
  for (let place = at; place < at + 8; place += 1) state = crcStep(state, view.getUint8(place));
  return ~state >>> 0;
}
