/** How the client retries; only ever before the first event of an answer. */
export interface RetryOptions {
  /** Attempts in all, the first included; default 3, as AWS's SDKs. */
  readonly attempts?: number;
  /** The longest wait before a retry, in milliseconds; a longer Retry-After ends the generation. Default 20,000. */
  readonly maxDelayMs?: number;
  /** Retries the client may be in debt with: see {@link createRetryBudget}. Default 100. */
  readonly budget?: number;
}

/**
 * What AWS says about trying the same call again. `once`: one more time. `slowly`: a throttle, with a longer wait.
 * `credentials`: when fresh credentials can be had.
 */
export type Retryability = 'never' | 'once' | 'yes' | 'slowly' | 'credentials';

/** The first wait is at most this long, and each further one at most twice as long. */
const firstDelayMs = { once: 100, yes: 100, slowly: 1_000, credentials: 0, never: 0 } as const;

/**
 * Milliseconds until attempt `attempt + 1`: full jitter, evenly between 0 and an exponentially growing limit, so that
 * clients which failed together don't return together. `retryAfterMs`, when the upstream named one, is a floor.
 */
export function retryDelay(
  attempt: number,
  retry: Retryability,
  {
    random,
    maxDelayMs,
    retryAfterMs = 0,
  }: { random: () => number; maxDelayMs: number; retryAfterMs?: number },
): number {
  const limit = Math.min(maxDelayMs, firstDelayMs[retry] * 2 ** (attempt - 1));
  return Math.round(retryAfterMs + random() * limit);
}

/** Whether attempt `attempt` may be followed by another. */
export function mayRetry(attempt: number, retry: Retryability, attempts: number): boolean {
  if (retry === 'never' || attempt >= attempts) return false;
  return retry === 'yes' || retry === 'slowly' || attempt === 1;
}

/** Keeps a struggling upstream from being hit by every caller's retries at once. */
export interface RetryBudget {
  /** Takes one retry's cost; false when the budget is used up. */
  take(): boolean;
  /** A generation got its first event: a little of the budget comes back. */
  succeeded(): void;
}

const retryCost = 5;

/**
 * A token bucket: it starts full with `capacity`, a retry costs 5, a success gives 1 back. While nearly everything
 * fails, retries dry up; a few failures among many successes are always retried.
 */
export function createRetryBudget(capacity: number): RetryBudget {
  let tokens = capacity;
  return {
    take() {
      if (tokens < retryCost) return false;
      tokens -= retryCost;
      return true;
    },
    succeeded() {
      tokens = Math.min(capacity, tokens + 1);
    },
  };
}

/** `Retry-After` in milliseconds: seconds, or an HTTP date. `undefined` when absent or unreadable. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (value.trim() !== '' && Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
