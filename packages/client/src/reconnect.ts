import type { Clock } from './clock.ts';

/** How soon and how seldom to try again. */
export interface ReconnectLimits {
  /** The first wait is at most this long. */
  readonly firstMs: number;
  /** No wait is longer than this, however often it failed. */
  readonly longestMs: number;
  /** However often something wakes it, two attempts stay this far apart. */
  readonly apartMs: number;
}

export const defaultReconnectLimits: ReconnectLimits = { firstMs: 400, longestMs: 15_000, apartMs: 200 };

/**
 * When to try again. Each wait is a random point in the upper half of a window that doubles with every failure, so
 * that a thousand pages that lost one server don't return as one. Only progress (a frame after `hello`) closes the
 * window again: a server that greets and drops at once is not hammered.
 */
export class Reconnect {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #limits: ReconnectLimits;
  #failures = 0;
  #lastAttempt = Number.NEGATIVE_INFINITY;
  #pending: { readonly attempt: () => void; readonly at: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, random: () => number = Math.random, limits: Partial<ReconnectLimits> = {}) {
    this.#clock = clock;
    this.#random = random;
    this.#limits = { ...defaultReconnectLimits, ...limits };
  }

  /** How many attempts in a row brought no progress. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Plans one attempt; what was planned before is dropped. `notBeforeMs` is the other side's own wish (`goaway`).
   * Returns the time of the attempt, on the clock's scale.
   */
  plan(attempt: () => void, notBeforeMs = 0): number {
    const { firstMs, longestMs, apartMs } = this.#limits;
    const window = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    const wait = Math.min(longestMs, Math.max(Math.round((window / 2) * (1 + this.#random())), notBeforeMs));
    return this.#planAt(attempt, Math.max(this.#clock.now() + wait, this.#lastAttempt + apartMs));
  }

  /** Something changed (the network, the tab came back): a planned attempt is made at once. */
  wake(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    const soonest = this.#lastAttempt + this.#limits.apartMs;
    if (pending.at > soonest) this.#planAt(pending.attempt, Math.max(soonest, this.#clock.now()));
  }

  /** The line works: the next wait is a short one again. */
  progress(): void {
    this.#failures = 0;
  }

  /** Drops what is planned. */
  cancel(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
  }

  #planAt(attempt: () => void, at: number): number {
    this.cancel();
    const cancel = this.#clock.after(Math.max(0, at - this.#clock.now()), () => {
      this.#pending = undefined;
      this.#lastAttempt = this.#clock.now();
      attempt();
    });
    this.#pending = { attempt, at, cancel };
    return at;
  }
}

/**
 * Calls `woken` when a browser has reason to believe the line is back: the network returned, or the page came out of
 * the background (whose timers slept). Elsewhere it does nothing.
 */
export function onWake(woken: () => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => {};
  const shown = () => {
    if (document.visibilityState === 'visible') woken();
  };
  window.addEventListener('online', woken);
  window.addEventListener('pageshow', woken);
  document.addEventListener('visibilitychange', shown);
  return () => {
    window.removeEventListener('online', woken);
    window.removeEventListener('pageshow', woken);
    document.removeEventListener('visibilitychange', shown);
  };
}
