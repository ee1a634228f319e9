import type { LogBatch } from '../stream-log/stream-log.ts';
import type { Outgoing } from './outgoing.ts';

/** Who gets what is read: a socket, or a response that stays open. */
export interface Peer {
  /** Aborted when it is gone. */
  readonly closed: AbortSignal;
  /** Whether it gets neighbouring deltas as one, also while it keeps up. */
  readonly mergeDeltas: boolean;
  /** Returns nothing while the peer keeps up; otherwise what resolves when there is room again. */
  send(messages: readonly Outgoing[]): Promise<void> | undefined;
}

/** Turns a batch into messages; with `merge`, neighbouring deltas of a block become one. */
export type Encode = (batch: LogBatch, merge: boolean) => readonly Outgoing[];

/**
 * Sends what is read from a log, a batch at a time, each in one write. Waiting for a slow peer pauses only this
 * reading; what has piled up meanwhile is merged. `late`: what is read first has piled up already. Once `signal` is
 * aborted nothing more is sent.
 */
export async function relay(
  batches: AsyncIterable<LogBatch>,
  connection: Peer,
  encode: Encode,
  late = false,
  signal: AbortSignal = connection.closed,
): Promise<void> {
  let merge = late || connection.mergeDeltas;
  for await (const batch of batches) {
    if (signal.aborted) return;
    const waiting = connection.send(encode(batch, merge));
    merge = waiting !== undefined || connection.mergeDeltas;
    if (waiting !== undefined) await waiting;
  }
}
