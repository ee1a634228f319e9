import { crc32 } from 'node:zlib';
import { EventStreamError } from './errors.ts';
import { encodeHeaders } from './headers.ts';
import { defaultLimits, emptyMessageLength, preludeLength, trailerLength } from './limits.ts';
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
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total);
  view.setUint32(4, headers.length);
  view.setUint32(8, crc32(bytes.subarray(0, 8)));
  bytes.set(headers, preludeLength);
  bytes.set(body, preludeLength + headers.length);
  view.setUint32(total - trailerLength, crc32(bytes.subarray(0, total - trailerLength)));
  return bytes;
}
