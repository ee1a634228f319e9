import { encodeMessage } from '@streambed/event-stream';
import type { StreamExceptionName } from './errors.ts';
import type { Random } from './random.ts';

const padding = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/**
 * One event of an invoke stream. Its JSON stands base64 in `bytes`; `p` is a beginning of the alphabet of random
 * length (2 to 61 characters in the recordings) against guessing the text from the sizes of frames.
 */
export function chunkFrame(json: string, random: Random): Uint8Array {
  const bytes = Buffer.from(json, 'utf8').toString('base64');
  const p = padding.slice(0, random.integer(2, 61));
  return encodeMessage({
    headers: {
      ':event-type': { type: 'string', value: 'chunk' },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: 'event' },
    },
    body: Buffer.from(`{"bytes":"${bytes}","p":"${p}"}`, 'latin1'),
  });
}

/** An error in mid-stream. Recorded ones carry no `p`. */
export function exceptionFrame(name: StreamExceptionName, message: string): Uint8Array {
  return encodeMessage({
    headers: {
      ':exception-type': { type: 'string', value: name },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: 'exception' },
    },
    body: Buffer.from(JSON.stringify({ message }), 'utf8'),
  });
}

/** The same frame with one bit of its payload flipped: its message CRC is wrong. */
export function corruptFrame(frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  const place = copy.length - 8;
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}
