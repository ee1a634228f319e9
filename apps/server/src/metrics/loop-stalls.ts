/** How often the loop is looked at. A stall is measured short by so much at most. */
const everyMs = 10;

/** What nobody notices. */
const longMs = 20;

/**
 * Watches how long the event loop does nothing else. Node's own histogram of it forgets what happens right after it was
 * reset.
 */
export class LoopStalls implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #lookedAt = performance.now();
  #longestMs = 0;
  #long = 0;

  constructor() {
    this.#timer = setInterval(() => this.#look(), everyMs).unref();
  }

  /** Stalls of more than 20 ms since the start. */
  get long(): number {
    return this.#long;
  }

  /** The longest stall since this was last asked, in seconds. */
  takeLongest(): number {
    const longest = this.#longestMs / 1000;
    this.#longestMs = 0;
    return longest;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const stalledMs = now - this.#lookedAt - everyMs;
    this.#lookedAt = now;
    if (stalledMs > this.#longestMs) this.#longestMs = stalledMs;
    if (stalledMs > longMs) this.#long += 1;
  }
}
