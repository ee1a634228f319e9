import { writeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/**
 * Writes all of `bytes` at `position`: before it returns, or by the time its promise resolves. Throws or rejects where
 * it can't; then any part of them may stand there.
 */
export type WriteAt = (file: FileHandle, bytes: Buffer, position: number) => Promise<void> | undefined;

/** A write that took longer was no write into the system's cache. */
const slowMs = 5;
/** After a slow one, so many must be quick in a row, on a thread, before any is done here again. */
const quickNeeded = 100;
/** More than so many bytes take long enough to be worth a thread. */
const largest = 256 * 1024;

/**
 * A way to write that waits for small writes, as long as the disk is quick. The system takes a few kB into its cache in
 * some 5 µs, a thread and back cost three times as much and delay every reader by a turn of the event loop. A disk that
 * stalls must not stop the process, though: one write finds out, and what follows goes by a thread until it is over.
 */
export function createWriteAt(now: () => number = () => performance.now()): WriteAt {
  let distrust = 0;
  const took = (ms: number) => {
    distrust = ms > slowMs ? quickNeeded : Math.max(0, distrust - 1);
  };

  return (file, bytes, position) => {
    const startedAt = now();
    if (distrust > 0 || bytes.length > largest) {
      return writeByThread(file, bytes, position).finally(() => {
        if (bytes.length <= largest) took(now() - startedAt);
      });
    }
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(file.fd, bytes, written, bytes.length - written, position + written);
      }
    } finally {
      took(now() - startedAt);
    }
    return undefined;
  };
}

/** Writes on one of the process's threads. */
export async function writeByThread(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
