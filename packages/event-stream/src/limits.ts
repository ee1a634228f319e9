/** How much one message may hold, in bytes. The defaults are those of AWS's own clients. */
export interface DecoderLimits {
  readonly maxHeadersLength: number;
  readonly maxPayloadLength: number;
}

export const defaultLimits: DecoderLimits = {
  maxHeadersLength: 128 * 1024,
  maxPayloadLength: 24 * 1024 * 1024,
};
