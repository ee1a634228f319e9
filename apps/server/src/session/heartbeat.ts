import { closeCode } from '@streambed/protocol/frames';
import type { Connection } from '../socket/connection.ts';
import { sendFrame } from './send-frame.ts';

/** Pings the client at the connection's beat, and closes where two pings in a row go unanswered. */
export class Heartbeat {
  readonly #connection: Connection;
  #unanswered = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.everyHeartbeat(() => this.#ping());
  }

  /** The client has said something: as good as a pong. */
  heard(): void {
    this.#unanswered = 0;
  }

  #ping(): void {
    // A peer that is behind can't have seen the last ping yet; the connection's stall timer watches over it.
    if (this.#connection.behind) return;
    if (this.#unanswered >= 2) {
      this.#connection.close(closeCode.silent, 'two pings unanswered');
      return;
    }
    this.#unanswered += 1;
    sendFrame(this.#connection, { type: 'ping' });
  }
}
