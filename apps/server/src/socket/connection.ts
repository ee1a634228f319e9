import type { Duplex } from 'node:stream';
import { closeCode } from '@streambed/protocol/frames';
import type { RawData, WebSocket } from 'ws';
import { forRequest } from '../http/request-context.ts';
import { randomText } from '../random-text.ts';
import { whenWritten } from './lent-memory.ts';
import { type Outgoing, outgoingBytes, textFrames } from './outgoing.ts';
import { Room } from './room.ts';

/** How long a connection waits for its peer, and how much for it. */
export interface ConnectionLimits {
  /** More than this unsent and the peer is dropped at once. Bytes. */
  readonly maxUnsent: number;
  /** A peer that takes nothing for this long while something waits for it is dropped. */
  readonly stallMs: number;
  /** Between two heartbeats; a peer that stays silent through two of them is gone. */
  readonly heartbeatMs: number;
  /** How long the closing handshake may take. */
  readonly closeMs: number;
  /** Whether neighbouring deltas go as one, also where the peer keeps up. */
  readonly mergeDeltas: boolean;
}

export const defaultConnectionLimits: ConnectionLimits = {
  maxUnsent: 8 * 1024 * 1024,
  stallMs: 60_000,
  heartbeatMs: 15_000,
  closeMs: 2_000,
  mergeDeltas: false,
};

/** What is done with what arrives. A text is as it was sent; a binary message is its bytes. */
export interface MessageHandler {
  onText(text: string): void;
  onBinary(bytes: Uint8Array): void;
}

/** One WebSocket: texts in and out, back-pressure, heartbeat, and why it was closed. */
export class Connection {
  /** Names the connection in the log. */
  readonly id: string = `ses_${randomText(9)}`;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #limits: ConnectionLimits;
  readonly #closed = new AbortController();
  readonly #room: Room;

  /** `stream` is the TCP (or TLS) stream under `socket`: batches are written to it directly. */
  constructor(socket: WebSocket, stream: Duplex, limits: ConnectionLimits) {
    this.#socket = socket;
    this.#stream = stream;
    this.#limits = limits;
    this.#room = new Room(stream, limits.stallMs, () => this.drop());
    // A broken peer is no fault of ours: `close` follows, and says all there is to say.
    socket.on('error', () => {});
    stream.on('drain', () => this.#room.made());
    socket.on('close', () => {
      this.#closed.abort();
      this.#room.made();
    });
  }

  /** Aborted when the socket is gone, whoever ended it. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  listen(handler: MessageHandler): void {
    this.#socket.on('message', (data: RawData, isBinary: boolean) => {
      // Whoever is being closed has had its say.
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      const bytes = data as Buffer; // ws's default binaryType is 'nodebuffer'
      // What throws here leaves ws in the middle of a message: there is no going on with that socket.
      forRequest({ id: this.id, fail: () => this.close(closeCode.fault, 'a fault on our side') }, () => {
        if (isBinary) handler.onBinary(bytes);
        else handler.onText(bytes.toString('utf8'));
      });
    });
  }

  /**
   * Sends messages in one write. Returns nothing while the peer keeps up; otherwise a promise that
   * resolves when it has taken what waits, or is gone. Whoever has more to send waits for it.
   */
  send(messages: readonly Outgoing[]): Promise<void> | undefined {
    if (this.#socket.readyState !== this.#socket.OPEN || messages.length === 0) return undefined;
    // With compression off ws keeps no state between frames, so frames of ours may stand between its own.
    const bytes = outgoingBytes(messages, textFrames);
    const flowing = this.#stream.write(bytes, whenWritten(bytes));
    if (flowing) return undefined;
    if (this.#stream.writableLength > this.#limits.maxUnsent) {
      this.drop();
      return undefined;
    }
    return this.#room.wait();
  }

  /** Calls `beat` at every heartbeat until the socket is gone. */
  everyHeartbeat(beat: () => void): void {
    const timer = setInterval(beat, this.#limits.heartbeatMs).unref();
    this.closed.addEventListener('abort', () => clearInterval(timer));
  }

  /** Keeps the connection alive by WebSocket pings, and ends it when two in a row go unanswered. */
  pingByProtocol(): void {
    let unanswered = 0;
    this.#socket.on('pong', () => {
      unanswered = 0;
    });
    this.#socket.on('message', () => {
      unanswered = 0;
    });
    this.everyHeartbeat(() => {
      // A peer that is behind can't have seen the last ping yet; the stall timer watches over it.
      if (this.#room.wanted) return;
      if (unanswered >= 2) return this.#socket.terminate();
      unanswered += 1;
      this.#socket.ping();
    });
  }

  get mergeDeltas(): boolean {
    return this.#limits.mergeDeltas;
  }

  /** Whether something waits for a peer that is slow to take it. */
  get behind(): boolean {
    return this.#room.wanted;
  }

  /** Stops reading from the peer, or goes on. */
  hold(paused: boolean): void {
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Begins the closing handshake; a peer that doesn't finish it in time is cut off. */
  close(code: number, reason: string): void {
    if (this.closed.aborted) return;
    this.#socket.close(code, reason);
    const timer = setTimeout(() => this.#socket.terminate(), this.#limits.closeMs);
    this.closed.addEventListener('abort', () => clearTimeout(timer));
  }

  /** Closes, and resolves when the socket is gone. */
  end(code: number, reason: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.closed.aborted) resolve();
    else this.closed.addEventListener('abort', () => resolve(), { once: true });
    this.close(code, reason);
    return promise;
  }

  /** Gives up on a peer that does not take what it asked for. */
  drop(): void {
    this.close(closeCode.tooSlow, 'too slow: what waits for you passed the limit');
  }
}
