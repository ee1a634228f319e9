/** `open`: nothing goes there for a while. `half_open`: one attempt goes there and decides. */
export type BreakerState = 'closed' | 'open' | 'half_open';

export interface BreakerOptions {
  /** So many failures in a row open it. Default 8. */
  readonly failures?: number;
  /** How long it stays open the first time, in milliseconds; doubled by each probe that fails. Default 5,000. */
  readonly openMs?: number;
  /** The longest it stays open. Default 60,000. */
  readonly maxOpenMs?: number;
}

/**
 * Keeps a target that answers nobody from being asked by everybody. Its callers must never wait for each other and must
 * be able to ask before they choose among several targets, which the libraries' breakers, wrapped around a call, don't
 * offer.
 *
 *            failures in a row               openMs have passed, one attempt
 *   closed ──────────────────────▶ open ────────────────────────────────────▶ half_open
 *      ▲                             ▲                                            │  │
 *      │                             └────────── it failed, openMs doubled ───────┘  │
 *      └──────────────────────────────────────────── it worked ──────────────────────┘
 */
export class Breaker {
  readonly #failures: number;
  readonly #openMs: number;
  readonly #maxOpenMs: number;
  readonly #now: () => number;
  readonly #onChange: (state: BreakerState) => void;
  #state: BreakerState = 'closed';
  #inARow = 0;
  #openings = 0;
  #openUntil = 0;
  #probing = false;

  /** `now` in milliseconds. `onChange` is told of every new state. */
  constructor(
    options: BreakerOptions,
    now: () => number,
    onChange: (state: BreakerState) => void = () => {},
  ) {
    this.#failures = options.failures ?? 8;
    this.#openMs = options.openMs ?? 5_000;
    this.#maxOpenMs = options.maxOpenMs ?? 60_000;
    this.#now = now;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Milliseconds until an attempt would be let through; 0: at once. */
  get waitMs(): number {
    if (this.#state === 'closed') return 0;
    if (this.#probing) return Math.max(1_000, this.#openUntil - this.#now());
    return Math.max(0, this.#openUntil - this.#now());
  }

  /** Lets an attempt through, or not. One that is let through ends in `worked`, `failed` or `left`. */
  enter(): boolean {
    if (this.waitMs > 0) return false;
    if (this.#state !== 'closed') {
      this.#probing = true;
      this.#become('half_open');
    }
    return true;
  }

  /** The target answered; a refusal of this one request is an answer too. */
  worked(): void {
    this.#inARow = 0;
    this.#openings = 0;
    this.#probing = false;
    this.#become('closed');
  }

  /** The target did not answer, or said that it can't. */
  failed(): void {
    this.#inARow += 1;
    const isProbe = this.#probing;
    this.#probing = false;
    // Attempts that began before it opened say nothing new.
    if (this.#state === 'open') return;
    if (!isProbe && this.#inARow < this.#failures) return;
    const openMs = Math.min(this.#maxOpenMs, this.#openMs * 2 ** this.#openings);
    this.#openings += 1;
    this.#openUntil = this.#now() + openMs;
    this.#become('open');
  }

  /** The attempt ended without saying anything of the target: its caller left, or it was throttled. */
  left(): void {
    if (!this.#probing) return;
    this.#probing = false;
    this.#become('open');
  }

  #become(state: BreakerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }
}
