import type { ServerResponse } from 'node:http';
import type { Peer } from '../../socket/relay.ts';
import { sseHeartbeat } from './sse.ts';

export interface SseLimits {
  readonly heartbeatMs: number;
  /** A reader that takes nothing for this long while something waits for it is dropped. */
  readonly stallMs: number;
}

/** An HTTP response that stays open for events: back-pressure, heartbeats, and when its reader is gone. */
export class SseResponse implements Peer {
  readonly #response: ServerResponse;
  readonly #limits: SseLimits;
  readonly #closed = new AbortController();
  #room: PromiseWithResolvers<void> | undefined;

  constructor(response: ServerResponse, limits: SseLimits) {
    this.#response = response;
    this.#limits = limits;
    response.on('error', () => {});
    response.on('drain', () => this.#makeRoom());
    response.on('close', () => {
      this.#closed.abort();
      this.#makeRoom();
    });
    if (response.destroyed) this.#closed.abort();
  }

  /** Aborted when the response is over, whoever ended it. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Sends the head, and from then on heartbeats. */
  begin(headers: Readonly<Record<string, string | number | readonly string[] | undefined>>): void {
    const known = Object.entries(headers).filter(([, value]) => value !== undefined);
    this.#response.writeHead(200, Object.fromEntries(known) as Record<string, string>);
    this.#response.flushHeaders();
    const timer = setInterval(() => {
      if (this.#room === undefined) void this.send([sseHeartbeat]);
    }, this.#limits.heartbeatMs).unref();
    this.closed.addEventListener('abort', () => clearInterval(timer));
  }

  /** Sends texts in one write. Returns nothing while the reader keeps up; else what resolves when it has caught up. */
  send(texts: readonly string[]): Promise<void> | undefined {
    if (this.closed.aborted || texts.length === 0) return undefined;
    return this.#response.write(texts.join('')) ? undefined : this.#waitForRoom();
  }

  end(): void {
    this.#response.end();
  }

  #waitForRoom(): Promise<void> {
    if (this.#room !== undefined) return this.#room.promise;
    this.#room = Promise.withResolvers<void>();
    let least = this.#response.writableLength;
    const timer = setInterval(() => {
      const now = this.#response.writableLength;
      if (now >= least) this.#response.destroy();
      least = Math.min(least, now);
    }, this.#limits.stallMs).unref();
    const { promise } = this.#room;
    promise.then(() => clearInterval(timer));
    return promise;
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}
