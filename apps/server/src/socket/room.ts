/** Where one waits until a peer has taken what waits for it. A peer that takes nothing for `stallMs` is given up. */
export class Room {
  readonly #stream: { readonly writableLength: number };
  readonly #stallMs: number;
  readonly #onStall: () => void;
  #waiting: PromiseWithResolvers<void> | undefined;

  /** `onStall` ends the peer; its stream's `close` then calls `made`. */
  constructor(stream: { readonly writableLength: number }, stallMs: number, onStall: () => void) {
    this.#stream = stream;
    this.#stallMs = stallMs;
    this.#onStall = onStall;
  }

  /** Whether something waits for a peer that is slow to take it. */
  get wanted(): boolean {
    return this.#waiting !== undefined;
  }

  /** Resolves when there is room, or nobody left to send to. */
  wait(): Promise<void> {
    if (this.#waiting !== undefined) return this.#waiting.promise;
    this.#waiting = Promise.withResolvers<void>();
    let least = this.#stream.writableLength;
    const timer = setInterval(() => {
      const now = this.#stream.writableLength;
      if (now >= least) this.#onStall();
      least = Math.min(least, now);
    }, this.#stallMs).unref();
    const { promise } = this.#waiting;
    promise.then(() => clearInterval(timer));
    return promise;
  }

  /** The peer has taken what waited, or is gone. */
  made(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }
}
