import { crc32 } from 'node:zlib';
import { encodeHeaders } from './encode-headers.ts';
import { EventStreamError } from './errors.ts';
import { emptyMessageLength, preludeLength, trailerLength } from './layout.ts';
import { defaultLimits } from './limits.ts';
import type { EventStreamMessage } from './message.ts';

/**
 * One message as its bytes, checksums included; `body` is copied. Throws `ES_HEADERS_TOO_LONG` and
 * `ES_PAYLOAD_TOO_LONG` past the default limits, which are also what AWS's clients accept, and what `encodeHeaders`
 * throws.
 */
export function encodeMessage(message: EventStreamMessage): Uint8Array {
  const headers = encodeHeaders(message.headers);
  const { body } = message;
  if (headers.length > defaultLimits.maxHeadersLength) {
    throw new EventStreamError('ES_HEADERS_TOO_LONG', `They have ${headers.length} bytes.`);
  }
  if (body.length > defaultLimits.maxPayloadLength) {
    throw new EventStreamError('ES_PAYLOAD_TOO_LONG', `It has ${body.length} bytes.`);
  }

  const total = emptyMessageLength + headers.length + body.length;
  const bytes = Buffer.allocUnsafe(total);
  bytes.writeUInt32BE(total, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  bytes.set(headers, preludeLength);
  bytes.set(body, preludeLength + headers.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, total - trailerLength)), total - trailerLength);
  return bytes;
}
