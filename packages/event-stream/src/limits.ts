/** How much one message may hold, in bytes. The defaults are those of AWS's own clients. */
export interface DecoderLimits {
  readonly maxHeadersLength: number;
  readonly maxPayloadLength: number;
}

export const defaultLimits: DecoderLimits = {
  maxHeadersLength: 128 * 1024,
  maxPayloadLength: 24 * 1024 * 1024,
};

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
