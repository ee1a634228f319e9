import { cacheCounts } from './bodies/cache-counts.ts';
import type { Completion } from './engine/complete.ts';
import type { ReceivedRequest } from './ledger.ts';
import type { Turn } from './turn.ts';

/** What an answer is billed by: disjoint counts of tokens. Thinking is output. */
export interface CountedTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
}

/** Sums of what was answered whole. */
export interface CountedAnswers extends CountedTokens {
  readonly answers: number;
}

/** The emulator's own count of what it has answered, to hold a client's against. */
export class Counts {
  readonly #of = new WeakMap<Omit<ReceivedRequest, 'endedBy'>, CountedTokens>();
  readonly #sums = new Map<string, CountedAnswers>();

  /** Says what the answer to a request will have cost; the last word counts. */
  note(received: ReceivedRequest, turn: Turn, completion: Completion): void {
    this.noteCounted(received, countedOf(turn, completion));
  }

  noteCounted(received: ReceivedRequest, counted: CountedTokens): void {
    this.#of.set(received, counted);
  }

  /** An answer has left whole: gives back what it cost, if it cost anything. */
  answered(received: Omit<ReceivedRequest, 'endedBy'>): CountedTokens | undefined {
    const counted = this.#of.get(received);
    if (counted === undefined) return undefined;
    const { modelId } = received;
    this.#sums.set(modelId, plus(this.#sums.get(modelId) ?? { ...nothing, answers: 0 }, counted));
    return counted;
  }

  /** By the model id that was called, and in all. */
  toJSON(): { readonly total: CountedAnswers; readonly models: Readonly<Record<string, CountedAnswers>> } {
    const total = [...this.#sums.values()].reduce(
      (sum, one) => ({ ...plus(sum, one), answers: sum.answers + one.answers }),
      { ...nothing, answers: 0 },
    );
    return { total, models: Object.fromEntries(this.#sums) };
  }
}

export function countedOf(turn: Turn, { outputTokens }: Completion): CountedTokens {
  const { input, read, written5m, written1h } = cacheCounts(turn);
  return {
    input,
    cacheRead: read,
    cacheWrite5m: written5m,
    cacheWrite1h: written1h,
    output: outputTokens,
  };
}

export const nothing: CountedTokens = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
};

function plus(sum: CountedAnswers, one: CountedTokens): CountedAnswers {
  return {
    answers: sum.answers + 1,
    input: sum.input + one.input,
    cacheRead: sum.cacheRead + one.cacheRead,
    cacheWrite5m: sum.cacheWrite5m + one.cacheWrite5m,
    cacheWrite1h: sum.cacheWrite1h + one.cacheWrite1h,
    output: sum.output + one.output,
  };
}
