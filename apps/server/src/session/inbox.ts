import { type ClientFrame, closeCode, maxFrameBytes, parseClientFrame } from '@streambed/protocol/frames';
import type { Connection } from '../socket/connection.ts';
import { toErrorFrame, toRejectedFrame } from '../socket/to-frame.ts';
import { sendFrame } from './send-frame.ts';
import { frameTooLarge, whatCanBeRead } from './unreadable.ts';

/** A client that sends so many unreadable frames within a minute is closed. */
const patience = { frames: 20, ms: 60_000 };

/** So many frames may wait for the one before them; past that the socket is not read until they are done. */
const maxWaiting = 64;

/** The frames of one client: read, refused where they can't be, and answered in the order in which they came. */
export class Inbox {
  readonly #connection: Connection;
  readonly #answer: (frame: ClientFrame) => Promise<void>;
  readonly #waiting: ClientFrame[] = [];
  #busy = false;
  #unreadable: number[] = [];

  /** `answer` never rejects; the frame after it waits for it. */
  constructor(connection: Connection, answer: (frame: ClientFrame) => Promise<void>) {
    this.#connection = connection;
    this.#answer = answer;
  }

  /** Takes in what the client has sent. */
  take(text: string): void {
    let frame: ClientFrame;
    try {
      if (Buffer.byteLength(text) > maxFrameBytes) throw frameTooLarge();
      frame = parseClientFrame(text);
    } catch (thrown) {
      const about = whatCanBeRead(text);
      // A `generate` that can be made out is answered as one: its sender waits for `accepted` or `rejected`.
      if (about.type === 'generate')
        sendFrame(this.#connection, toRejectedFrame(thrown, about.id, about.ref));
      else this.refuse(thrown, about.ref);
      return;
    }
    if (frame.type === 'pong') return;
    this.#waiting.push(frame);
    if (this.#waiting.length === maxWaiting) this.#connection.hold(true);
    if (!this.#busy) void this.#answerAll();
  }

  /** Answers what can't be read; a client that keeps at it is closed. */
  refuse(thrown: unknown, ref?: string | number): void {
    sendFrame(this.#connection, toErrorFrame(thrown, ref));
    const now = performance.now();
    this.#unreadable = [...this.#unreadable.filter((at) => now - at < patience.ms), now];
    if (this.#unreadable.length >= patience.frames) {
      this.#connection.close(closeCode.malformed, 'too many frames that cannot be read');
    }
  }

  async #answerAll(): Promise<void> {
    this.#busy = true;
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      if (this.#waiting.length === maxWaiting - 1) this.#connection.hold(false);
      await this.#answer(frame);
    }
    this.#busy = false;
  }
}
