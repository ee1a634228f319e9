import type { ServerFrame } from '@streambed/protocol/frames';
import type { Connection } from '../socket/connection.ts';

/** Sends a frame that is no event. */
export function sendFrame(connection: Connection, frame: ServerFrame): void {
  // Replies are few and small: they don't wait for room, the connection's own bound holds for them.
  void connection.send([JSON.stringify(frame)]);
}
