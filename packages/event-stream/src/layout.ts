// One message, all integers big-endian:
//
//   0        4                8             12         12 + headers      total - 4   total
//   ├────────┼────────────────┼─────────────┼──────────┼─────────────────┼───────────┤
//   │ total  │ headers length │ prelude CRC │ headers  │ payload         │ message   │
//   │ u32    │ u32            │ u32, of 0–8 │          │                 │ CRC, u32, │
//   │        │                │             │          │                 │ of all    │
//   │        │                │             │          │                 │ before it │
//   ├────────┴────────────────┴─────────────┤          │                 ├───────────┤
//   │ prelude                               │          │                 │           │
//
// Both checksums are CRC-32 as zlib has it.

/** Both lengths and the checksum over them. */
export const preludeLength = 12;
/** The checksum at the very end. */
export const trailerLength = 4;
/** A message without headers and payload. */
export const emptyMessageLength = preludeLength + trailerLength;

// One header; headers follow each other without a gap:
//
//   ├──────┼────────────┼──────┼───────────────────────────────────────────────┤
//   │ u8 n │ name       │ u8   │ value: 0 true, 1 false: nothing               │
//   │      │ n bytes of │ type │        2 i8, 3 i16, 4 i32, 5 i64, big-endian  │
//   │      │ UTF-8      │      │        6 bytes, 7 UTF-8: u16 length, then it  │
//   │      │            │      │        8 i64, milliseconds since 1970         │
//   │      │            │      │        9 uuid, 16 bytes                       │
export const headerType = {
  true: 0,
  false: 1,
  byte: 2,
  short: 3,
  integer: 4,
  long: 5,
  binary: 6,
  string: 7,
  timestamp: 8,
  uuid: 9,
} as const;

/** The length of a header's name goes into one byte. */
export const maxHeaderNameLength = 255;
