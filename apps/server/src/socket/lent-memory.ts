/** Shorter pieces have a place in Node's own pool. */
const shortest = 4 * 1024;
/** What is lent at once; longer pieces are rare enough to be made each time. */
const sizes = [16 * 1024, 64 * 1024, 256 * 1024] as const;
/** So much of each size is kept for the next, in bytes. */
const mostFree = 8 * 1024 * 1024;

const free = new Map<number, Buffer[]>(sizes.map((size) => [size, []]));

/**
 * A copy in memory that goes round: whoever has it gives it back when the system has taken it. Memory made for each write
 * would be garbage a moment later, outside of the heap: the whole heap is collected again and again because of it.
 */
export function lentCopy(bytes: Uint8Array): Buffer {
  const { length } = bytes;
  const size = length < shortest ? undefined : sizes.find((one) => length <= one);
  if (size === undefined) return Buffer.from(bytes);
  const block = free.get(size)?.pop() ?? Buffer.allocUnsafeSlow(size);
  block.set(bytes);
  return block.subarray(0, length);
}

/** Takes back what {@link lentCopy} gave: nobody reads it any more. */
function giveBack({ buffer, byteLength }: Buffer): void {
  const { byteLength: size } = buffer;
  const blocks = byteLength < shortest ? undefined : free.get(size);
  if (blocks !== undefined && (blocks.length + 1) * size <= mostFree) blocks.push(Buffer.from(buffer));
}

/** Called by a stream when it has written a piece, or could not. */
export type WhenWritten = ((error?: Error | null) => void) | undefined;

/** Gives a lent piece back once a stream has written it. Nothing where it needn't come back. */
export function whenWritten(bytes: Buffer): WhenWritten {
  if (bytes.length < shortest) return undefined;
  // What could not be written may still lie with the system.
  return (error) => {
    if (error === undefined || error === null) giveBack(bytes);
  };
}
