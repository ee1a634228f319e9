import type { ModelFacts } from '@streambed/model-facts';
import { type Random, seededRandom } from './random.ts';

/** How fast a model writes. */
export interface Pace {
  /** Time to the first event, in milliseconds. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** 0: a metronome. 0.5: each step takes between half and one and a half of its time. At most 1. */
  readonly jitter: number;
}

/** `model`: like the model called. `instant`: as fast as the reader takes it. */
export type PaceOption = 'model' | 'instant' | Pace;

// Plausible speeds, most specific first; the recordings give Llama 3 8B 139 ms and about 99 tokens a second, Claude
// Sonnets 0.3 to 1.8 s and 30 to 60. Not measurements of today's models.
const speeds: readonly (readonly [RegExp, Pace])[] = [
  [/claude.*haiku|claude-instant/, { firstTokenMs: 350, tokensPerSecond: 110, jitter: 0.5 }],
  [/claude.*sonnet/, { firstTokenMs: 600, tokensPerSecond: 65, jitter: 0.5 }],
  [/claude/, { firstTokenMs: 900, tokensPerSecond: 45, jitter: 0.5 }],
  [/llama.*-(1b|3b|8b|11b)-/, { firstTokenMs: 150, tokensPerSecond: 100, jitter: 0.4 }],
  [/llama.*-405b-/, { firstTokenMs: 600, tokensPerSecond: 25, jitter: 0.4 }],
  [/llama4/, { firstTokenMs: 250, tokensPerSecond: 90, jitter: 0.4 }],
  [/llama/, { firstTokenMs: 300, tokensPerSecond: 50, jitter: 0.4 }],
];

const usualPace: Pace = { firstTokenMs: 500, tokensPerSecond: 60, jitter: 0.5 };

/** The speed to write at; `undefined` for as fast as possible. */
export function paceFor(option: PaceOption, model: ModelFacts): Pace | undefined {
  if (option === 'instant') return undefined;
  if (option !== 'model') return option;
  return speeds.find(([pattern]) => pattern.test(model.id))?.[1] ?? usualPace;
}

/**
 * A simulated clock of one answer: it knows when each event is due, in milliseconds since the request, and what the
 * answer's metrics say. It never looks at the real time, so frames are the same on a slow machine.
 */
export class PaceClock {
  readonly #pace: Pace | undefined;
  readonly #random: Random;
  #elapsed = 0;
  #first: number | undefined;

  /** The clock of an answer that took real time: nothing waits for it any more. */
  static measured(firstMs: number, totalMs: number): PaceClock {
    const clock = new PaceClock(undefined, seededRandom('measured'));
    clock.#first = firstMs;
    clock.#elapsed = totalMs;
    return clock;
  }

  constructor(pace: Pace | undefined, random: Random) {
    this.#pace = pace;
    this.#random = random;
  }

  /** Moves on by an event that carries so many tokens; returns when it is due. */
  advance(tokens: number): number {
    if (this.#pace === undefined) return 0;
    if (this.#first === undefined) {
      this.#elapsed += this.#pace.firstTokenMs * this.#swing(this.#pace.jitter / 2);
      this.#first = this.#elapsed;
    }
    if (tokens > 0 && this.#pace.tokensPerSecond > 0)
      this.#elapsed += ((tokens * 1000) / this.#pace.tokensPerSecond) * this.#swing(this.#pace.jitter);
    return this.#elapsed;
  }

  /** `invocationLatency`, in whole milliseconds; never 0. */
  get latencyMs(): number {
    return Math.max(1, Math.round(this.#elapsed));
  }

  /** `firstByteLatency`, in whole milliseconds; never 0. */
  get firstByteMs(): number {
    return Math.max(1, Math.round(this.#first ?? 0));
  }

  #swing(jitter: number): number {
    return 1 + Math.min(1, Math.max(0, jitter)) * (this.#random.next() * 2 - 1);
  }
}
