import type { Target } from '../models/resolve-model.ts';
import { Breaker, type BreakerOptions, type BreakerState } from './breaker.ts';
import { Pace } from './pace.ts';

/** How a target does, for metrics and logs. */
export interface TargetState {
  /** What stands in the URL. */
  readonly target: string;
  readonly region: string;
  /** A name among the accounts. */
  readonly account?: string;
  readonly state: BreakerState;
}

/** What has been learned of one target from the calls to it. */
export interface TargetHealth {
  readonly breaker: Breaker;
  readonly pace: Pace;
}

/** So many targets are remembered; the one longest unused is forgotten first. */
const maxTargets = 1_000;

/** What this process has learned of every target it has called. */
export class Health {
  readonly #now: () => number;
  readonly #breaker: BreakerOptions;
  readonly #onChange: (state: TargetState) => void;
  readonly #known = new Map<string, TargetHealth & { readonly about: Omit<TargetState, 'state'> }>();

  constructor(breaker: BreakerOptions, now: () => number, onChange: (state: TargetState) => void) {
    this.#breaker = breaker;
    this.#now = now;
    this.#onChange = onChange;
  }

  of({ id, region, account }: Target): TargetHealth {
    // Neither an id nor a region holds a blank.
    const key = `${id} ${region} ${account ?? ''}`;
    const known = this.#known.get(key);
    // The map's order is that of use.
    this.#known.delete(key);
    if (known !== undefined) {
      this.#known.set(key, known);
      return known;
    }
    const about = { target: id, region, ...(account !== undefined && { account }) };
    const breaker = new Breaker(this.#breaker, this.#now, (state) => this.#onChange({ ...about, state }));
    const made = { breaker, pace: new Pace(this.#now), about };
    this.#known.set(key, made);
    const [oldest] = this.#known.keys();
    if (this.#known.size > maxTargets && oldest !== undefined) this.#known.delete(oldest);
    return made;
  }

  /** Every target that has been called. */
  states(): readonly TargetState[] {
    return [...this.#known.values()].map(({ about, breaker }) => ({ ...about, state: breaker.state }));
  }
}
