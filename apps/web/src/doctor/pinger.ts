import type { Connection } from '@streambed/client';

const everyMs = 1_500;

/**
 * Measures how long a question and its answer take, again and again, until the function that comes back is called.
 * Over a WebSocket the question is a `detach` from nothing: the server answers it at once, and it changes nothing.
 * Without one it is what `ask` does.
 */
export function createPinger(
  connection: Connection,
  ask: () => Promise<unknown>,
  heard: (ms: number) => void,
): () => void {
  let made = 0;
  let sent: { readonly ref: string; readonly at: number } | undefined;
  const leave = connection.onFrame((frame) => {
    if (!('ref' in frame) || frame.ref !== sent?.ref || sent === undefined) return;
    heard(performance.now() - sent.at);
    sent = undefined;
  });
  const ping = () => {
    const line = connection.state.get();
    if (line.state === 'connected' && line.transport === 'http') {
      const at = performance.now();
      ask().then(
        () => heard(performance.now() - at),
        () => undefined,
      );
      return;
    }
    made += 1;
    const ref = `round-trip-${made}`;
    const frame = { type: 'detach', ref, id: 'none' } as Parameters<Connection['send']>[0];
    sent = { ref, at: performance.now() };
    if (connection.send(frame) !== 'sent') sent = undefined;
  };
  ping();
  const timer = setInterval(ping, everyMs);
  return () => {
    clearInterval(timer);
    leave();
  };
}

/** The middle one. */
export function median(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
