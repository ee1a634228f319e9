import type { OutgoingHttpHeader, ServerResponse } from 'node:http';
import { type WhenWritten, whenWritten } from '../../socket/lent-memory.ts';
import { noFraming, type Outgoing, outgoingBytes } from '../../socket/outgoing.ts';
import type { Peer } from '../../socket/relay.ts';
import { Room } from '../../socket/room.ts';

export interface SseLimits {
  readonly heartbeatMs: number;
  /** A reader that takes nothing for this long while something waits for it is dropped. */
  readonly stallMs: number;
  /** Whether neighbouring deltas go as one, also where the reader keeps up. */
  readonly mergeDeltas: boolean;
}

/** Made once: an abort without a reason makes an exception with a stack each time. */
const over = new Error('the response is over');

/** An HTTP response that stays open for events: back-pressure, heartbeats, and when its reader is gone. */
export class SseResponse implements Peer {
  readonly #response: ServerResponse;
  readonly #limits: SseLimits;
  readonly #heartbeat: string | undefined;
  readonly #closed = new AbortController();
  readonly #room: Room;

  /** Without a `heartbeat` silence stays silence. */
  constructor(response: ServerResponse, limits: SseLimits, heartbeat: string | undefined) {
    this.#response = response;
    this.#limits = limits;
    this.#heartbeat = heartbeat;
    this.#room = new Room(response, limits.stallMs, () => response.destroy());
    response.on('error', () => {});
    response.on('drain', () => this.#room.made());
    response.on('close', () => {
      this.#closed.abort(over);
      this.#room.made();
    });
    if (response.destroyed) this.#closed.abort(over);
  }

  /** Aborted when the response is over, whoever ended it. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get mergeDeltas(): boolean {
    return this.#limits.mergeDeltas;
  }

  /** Sends the head, and from then on heartbeats. */
  begin(headers: Readonly<Record<string, string | number | readonly string[] | undefined>>): void {
    // Names and values in turn: what Node writes as it is, without making an object of them first.
    const lines: OutgoingHttpHeader[] = [];
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) lines.push(name, value as OutgoingHttpHeader);
    }
    this.#response.writeHead(200, lines);
    // What is there to be sent by now goes with the head in one write; where nothing is, the head goes alone.
    this.#response.cork();
    this.#response.flushHeaders();
    process.nextTick(() => this.#response.uncork());
    const heartbeat = this.#heartbeat;
    if (heartbeat === undefined) return;
    const timer = setInterval(() => {
      if (!this.#room.wanted) void this.send([heartbeat]);
    }, this.#limits.heartbeatMs).unref();
    this.closed.addEventListener('abort', () => clearInterval(timer));
  }

  /** Sends events in one write. Returns nothing while the reader keeps up; else what resolves when it has caught up. */
  send(events: readonly Outgoing[]): Promise<void> | undefined {
    if (events.length === 0) return undefined;
    const bytes = outgoingBytes(events, noFraming);
    return this.#write(bytes, whenWritten(bytes));
  }

  /** Sends bytes as they are, in one write. Returns as `send` does. */
  sendBytes(pieces: readonly Uint8Array[]): Promise<void> | undefined {
    const [first, ...rest] = pieces;
    if (first === undefined) return undefined;
    return this.#write(rest.length === 0 ? first : Buffer.concat(pieces));
  }

  #write(piece: Uint8Array, written?: WhenWritten): Promise<void> | undefined {
    if (this.closed.aborted) return undefined;
    return this.#response.write(piece, written) ? undefined : this.#room.wait();
  }

  end(): void {
    this.#response.end();
  }

  /** Breaks off: nobody may take what was sent for all there is. */
  destroy(): void {
    this.#response.destroy();
  }
}
