export { EventStreamDecoder } from './decode.ts';
export { encodeMessage } from './encode.ts';
export { EventStreamError, type EventStreamErrorCode, eventStreamErrors } from './errors.ts';
export { KnownBytes } from './known-bytes.ts';
export { type DecoderLimits, defaultLimits } from './limits.ts';
export type { EventStreamMessage, HeaderValue, MessageHeaders } from './message.ts';
export { MessageSpan, type Span, spanOf } from './span.ts';
