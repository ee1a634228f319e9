import type { Readable } from 'node:stream';
import { StreambedError } from '@streambed/protocol';

/** Bytes as they were received: the first `length` of the buffer, which threads can look at where it is a large one. */
export interface ReceivedBody {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  readonly length: number;
}

export interface ReceiveLimits {
  /** What the head announced, where it did. */
  readonly announced: number | undefined;
  readonly maxBytes: number;
  /** Told once when more than this has been announced or has come; may throw. */
  readonly large: { readonly bytes: number; readonly begin: () => void };
}

/**
 * Receives a body, piece by piece into one buffer, so that no moment has all of it to copy. Rejects with `SB_TOO_LARGE`,
 * at once where the head announces it, or with what `large.begin` throws.
 */
export async function receiveBody(
  payload: Readable,
  { announced, maxBytes, large }: ReceiveLimits,
): Promise<ReceivedBody> {
  if (announced !== undefined && announced > maxBytes) throw tooLarge(maxBytes);
  let isLarge = false;
  const checkSize = (size: number) => {
    if (size > maxBytes) throw tooLarge(maxBytes);
    if (isLarge || size <= large.bytes) return;
    large.begin();
    isLarge = true;
  };
  checkSize(announced ?? 0);
  const make = (size: number): Uint8Array =>
    new Uint8Array(size > large.bytes ? new SharedArrayBuffer(size) : new ArrayBuffer(size));
  let bytes = make(announced ?? 16 * 1024);
  let length = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onData = (chunk: Buffer) => {
    try {
      checkSize(length + chunk.length);
    } catch (thrown) {
      reject(thrown);
      return;
    }
    if (length + chunk.length > bytes.length) {
      const larger = make(Math.min(maxBytes, Math.max(bytes.length * 2, length + chunk.length)));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  };
  const onEnd = () => {
    // It closes right after its end: no error must be made for that, which takes long.
    payload.off('close', onClose);
    resolve();
  };
  const onClose = () => reject(new StreambedError('SB_BAD_REQUEST', 'The request broke off.'));
  payload.on('data', onData).once('end', onEnd).once('error', reject).once('close', onClose);
  try {
    await promise;
  } finally {
    payload.off('data', onData).off('end', onEnd).off('error', reject).off('close', onClose);
    // What still comes is let go by: the answer can be read only when the request has been sent.
    payload.on('error', () => {});
    payload.resume();
  }
  if (announced !== undefined && announced !== length) {
    throw new StreambedError('SB_BAD_REQUEST', 'The body is not as long as its Content-Length says.');
  }
  return { buffer: bytes.buffer, length };
}

function tooLarge(maxBytes: number): StreambedError {
  return new StreambedError('SB_TOO_LARGE', `A body may hold at most ${maxBytes} bytes here. Send less.`);
}
