/** Over which time tokens are counted: AWS's quotas are tokens a minute. */
const windowMs = 60_000;

/** So many calls within the window make an observed rate; from fewer nothing is concluded. */
const enoughCalls = 10;

/** The longest that one call is held back: AWS's own word is awaited rather than a guess of ours. */
const maxHoldMs = 2_000;

/** After a throttle the pace is a little below what was observed, and grows again with each call that works. */
const slower = 0.9;
const faster = 1.05;

/** The first wait that is advised after a throttle, and the longest, in seconds. */
const adviseSeconds = { first: 1, most: 60 } as const;

/** What ends within so many milliseconds is counted together: many calls a second make few counts. */
const togetherMs = 250;

/** Calls, by when the first of them ended, and how many tokens they took. */
interface Counted {
  readonly at: number;
  calls: number;
  tokens: number;
}

/**
 * How fast a target may be called, learned from its throttles: AWS says neither the quota nor when there will be room.
 * Until the first throttle, and a minute after the last, nothing is held back.
 */
export class Pace {
  readonly #now: () => number;
  /** What ended within the window, oldest first. */
  readonly #counted: Counted[] = [];
  #calls = 0;
  #tokens = 0;
  #throttledAt = Number.NEGATIVE_INFINITY;
  #throttles = 0;
  /** Tokens a millisecond; undefined while nothing is known. */
  #rate: number | undefined;
  #readyAt = 0;

  /** `now` in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds to hold the next call back; 0: none. */
  get waitMs(): number {
    const now = this.#now();
    if (now - this.#throttledAt >= windowMs) return 0;
    return Math.min(maxHoldMs, Math.max(0, this.#readyAt - now));
  }

  /** Seconds to wait that a caller is advised after a throttle, where AWS names none: longer with each in a row. */
  get adviceSeconds(): number {
    const exponential = adviseSeconds.first * 2 ** Math.max(0, this.#throttles - 1);
    return Math.min(adviseSeconds.most, exponential);
  }

  /** A call is sent: the next one's turn comes after it. */
  sent(): void {
    if (this.#rate === undefined) return;
    const tokensPerCall = this.#tokens / Math.max(1, this.#calls);
    const now = this.#now();
    // What goes past the longest wait was not held back: if it counted, calls would wait for it long after.
    this.#readyAt = Math.min(now + maxHoldMs, Math.max(this.#readyAt, now) + tokensPerCall / this.#rate);
  }

  /** A call ended that took `tokens`, in and out. */
  used(tokens: number): void {
    this.#forget();
    const now = this.#now();
    const last = this.#counted.at(-1);
    if (last !== undefined && now - last.at < togetherMs) {
      last.calls += 1;
      last.tokens += tokens;
    } else this.#counted.push({ at: now, calls: 1, tokens });
    this.#calls += 1;
    this.#tokens += tokens;
    this.#throttles = 0;
    if (this.#rate === undefined) return;
    if (now - this.#throttledAt >= windowMs) this.#rate = undefined;
    else this.#rate *= faster;
  }

  /** AWS throttled a call. */
  throttled(): void {
    this.#forget();
    this.#throttles += 1;
    this.#throttledAt = this.#now();
    if (this.#calls < enoughCalls) return;
    // Once there is a pace, what is observed is its own doing: to go below that each time would end in standstill.
    this.#rate = slower * (this.#rate ?? this.#tokens / windowMs);
  }

  #forget(): void {
    const from = this.#now() - windowMs;
    let gone = 0;
    for (const { at, calls, tokens } of this.#counted) {
      if (at > from) break;
      gone += 1;
      this.#calls -= calls;
      this.#tokens -= tokens;
    }
    if (gone > 0) this.#counted.splice(0, gone);
  }
}
