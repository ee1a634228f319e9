import type { LogBatch } from '../stream-log/stream-log.ts';
import type { Connection } from './connection.ts';

/** Turns a batch into messages; with `merge`, neighbouring deltas of a block become one. */
export type Encode = (batch: LogBatch, merge: boolean) => readonly string[];

/**
 * Sends what is read from a log, a batch at a time, each in one write. Waiting for a slow peer pauses only this
 * reading; what has piled up meanwhile is merged. `late`: what is read first has piled up already. Once `signal` is
 * aborted nothing more is sent.
 */
export async function relay(
  batches: AsyncIterable<LogBatch>,
  connection: Connection,
  encode: Encode,
  late: boolean,
  signal: AbortSignal = connection.closed,
): Promise<void> {
  let merge = late;
  for await (const batch of batches) {
    if (signal.aborted) return;
    const waiting = connection.send(encode(batch, merge));
    merge = waiting !== undefined;
    if (waiting !== undefined) await waiting;
  }
}
