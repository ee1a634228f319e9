import { EventStreamError } from './errors.ts';
import { emptyMessageLength, preludeLength } from './layout.ts';
import type { DecoderLimits } from './limits.ts';
import { preludeCrc } from './prelude-crc.ts';

/** Longer messages and headers are rare enough to have their checksum reckoned each time. */
const mostKnownLength = 1024;
const mostKnownHeaders = 255;

/** The checksums of preludes seen before: by the length of the headers, then by that of the message. 0: not seen. */
const known: (Int32Array | undefined)[] = Array.from({ length: mostKnownHeaders + 1 });

/** What the prelude at `at` of `view` is: the error, where its checksum or its lengths are wrong or beyond the limits. */
export function preludeError(
  view: DataView,
  at: number,
  { maxHeadersLength, maxPayloadLength }: DecoderLimits,
): EventStreamError | undefined {
  const total = view.getUint32(at);
  const headersLength = view.getUint32(at + 4);
  if (!isRightCrc(view, at, total, headersLength)) return new EventStreamError('ES_PRELUDE_CRC');
  const payloadLength = total - emptyMessageLength - headersLength;
  if (payloadLength < 0) {
    return new EventStreamError('ES_LENGTHS', `The total is ${total}, the headers are ${headersLength}.`);
  }
  if (headersLength > maxHeadersLength) {
    return new EventStreamError(
      'ES_HEADERS_TOO_LONG',
      `They have ${headersLength} bytes, not ${maxHeadersLength}.`,
    );
  }
  if (payloadLength > maxPayloadLength) {
    return new EventStreamError(
      'ES_PAYLOAD_TOO_LONG',
      `It has ${payloadLength} bytes, not ${maxPayloadLength}.`,
    );
  }
  return undefined;
}

/** A prelude is its two lengths: those of a stream's messages come again and again, and their checksums with them. */
function isRightCrc(view: DataView, at: number, total: number, headersLength: number): boolean {
  const carried = view.getInt32(at + preludeLength - 4);
  if (total > mostKnownLength || headersLength > mostKnownHeaders) {
    return carried === (preludeCrc(view, at) | 0);
  }
  let crcs = known[headersLength];
  if (crcs === undefined) known[headersLength] = crcs = new Int32Array(mostKnownLength + 1);
  const seen = crcs[total] as number;
  if (seen === carried && seen !== 0) return true;
  const right = preludeCrc(view, at) | 0;
  crcs[total] = right;
  return carried === right;
}
