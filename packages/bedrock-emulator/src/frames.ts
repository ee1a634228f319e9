import { crc32 } from 'node:zlib';
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

/** One event of ConverseStream: `before` and `after` are the members that sort before and after the padding. */
export function converseFrame(type: string, before: string, after: string, random: Random): Uint8Array {
  const p = padding.slice(0, random.integer(2, 61));
  const head = before === '' ? '' : `${before},`;
  const tail = after === '' ? '' : `,${after}`;
  return encodeMessage({
    headers: {
      ':event-type': { type: 'string', value: type },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: 'event' },
    },
    body: Buffer.from(`{${head}"p":"${p}"${tail}}`, 'utf8'),
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

/** A frame of a type nobody knows yet, as AWS may add one any day. */
export function unknownFrame(): Uint8Array {
  return encodeMessage({
    headers: {
      ':event-type': { type: 'string', value: 'somethingNew' },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: 'event' },
    },
    body: Buffer.from('{"p":"abc"}', 'utf8'),
  });
}

/** The same frame, damaged in one place; see the fault `corrupt`. */
export function corruptFrame(
  frame: Uint8Array,
  part: 'message' | 'prelude' | 'length' = 'message',
): Uint8Array {
  const copy = Buffer.from(frame);
  if (part === 'length') {
    copy.writeUInt32BE(copy.length + 9, 0);
    copy.writeUInt32BE(crc32(copy.subarray(0, 8)), 8);
  } else {
    const place = part === 'prelude' ? 8 : copy.length - 8;
    copy[place] = (copy[place] ?? 0) ^ 1;
  }
  return copy;
}

const mostBytes = 32 * 1024 * 1024;

/** The same event in a frame of so many bytes: its padding `p` is longer. Frames that are longer already stay. */
export function hugeFrame(frame: Uint8Array, bytes: number): Uint8Array {
  const size = Math.min(bytes, mostBytes);
  const source = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const bodyStart = 12 + source.readUInt32BE(4);
  const body = source.subarray(bodyStart, source.length - 4);
  const added = size - source.length;
  if (added <= 0 || body.length < 2) return frame;
  // Before the closing `"}` of the padding, or of an object without one.
  const padded = body.subarray(-2).equals(Buffer.from('"}'));
  const cut = padded ? body.length - 2 : body.length - 1;
  const filler = padded ? Buffer.alloc(added, 'a') : Buffer.from(`,"p":"${'a'.repeat(added)}"`);
  const whole = Buffer.concat([
    source.subarray(0, bodyStart),
    body.subarray(0, cut),
    filler,
    body.subarray(cut),
    Buffer.alloc(4),
  ]);
  whole.writeUInt32BE(whole.length, 0);
  whole.writeUInt32BE(crc32(whole.subarray(0, 8)), 8);
  whole.writeUInt32BE(crc32(whole.subarray(0, -4)), whole.length - 4);
  return whole;
}
