import type { ErrorInfo } from '@streambed/protocol';
import type { ChangedFrame } from '@streambed/protocol/frames';
import type { Client } from '../client.ts';
import { type Clock, systemClock } from '../clock.ts';

/** Without a WebSocket it is asked for changes so often. */
const pollMs = 5_000;

export interface TopicWatch<Change extends { readonly rev: number }> {
  readonly topic: string;
  /** The rev of what is known; absent: everything is wanted. */
  readonly after?: number | undefined;
  onChange(change: Change): void;
  /** It can be watched no longer: what it is of is gone. */
  onEnd(error: ErrorInfo): void;
  /** What has changed after a rev, over HTTP; nothing where nothing has. */
  poll(after: number | undefined, signal: AbortSignal): Promise<Change | undefined>;
  readonly clock?: Clock;
}

let watches = 0;

/**
 * Follows a topic on a client's line, from rev to rev: after each new line it goes on where it was. The function that
 * comes back ends it.
 */
export function watchTopic<Change extends { readonly rev: number }>(
  { connection }: Pick<Client, 'connection'>,
  { topic, after, onChange, onEnd, poll, clock = systemClock }: TopicWatch<Change>,
): () => void {
  watches += 1;
  const ref = `watch-${watches}`;
  let rev = after;
  let watching = false;
  let polling: AbortController | undefined;

  const take = (change: Change) => {
    rev = change.rev;
    onChange(change);
  };

  const askAgain = async (signal: AbortSignal) => {
    try {
      const change = await poll(rev, signal);
      if (change !== undefined && !signal.aborted) take(change);
    } catch {
      // A line that is lost mends itself; the next round asks again.
    }
    if (signal.aborted) return;
    const stop = clock.after(pollMs, () => void askAgain(signal));
    signal.addEventListener('abort', stop, { once: true });
  };

  const follow = () => {
    const line = connection.state.get();
    if (line.state !== 'connected') {
      watching = false;
      polling?.abort();
      polling = undefined;
    } else if (line.transport === 'http') {
      if (polling !== undefined) return;
      polling = new AbortController();
      void askAgain(polling.signal);
    } else if (!watching) {
      const frame = { type: 'watch', ref, topic, ...(rev !== undefined && { after: rev }) } as const;
      watching = connection.send(frame) === 'sent';
    }
  };

  const stopListening = connection.onFrame((frame) => {
    if (frame.type === 'changed' && frame.topic === topic) take(frame as ChangedFrame & Change);
    else if (frame.type === 'error' && (frame.ref === ref || frame.topic === topic)) {
      if (frame.error.retryable) {
        watching = false;
        const stop = clock.after(pollMs, follow);
        ended.signal.addEventListener('abort', stop, { once: true });
      } else {
        end();
        onEnd(frame.error);
      }
    }
  });
  const stopFollowing = connection.state.subscribe(follow);
  const ended = new AbortController();
  const end = () => {
    if (ended.signal.aborted) return;
    ended.abort();
    stopListening();
    stopFollowing();
    polling?.abort();
    if (watching) connection.send({ type: 'unwatch', topic });
  };
  follow();
  return end;
}
