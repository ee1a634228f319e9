import { type ErrorType, StreambedError, type Usage } from '@streambed/protocol';
import type { Client } from '../client.ts';
import { delay } from '../deadlines.ts';
import type { Failure } from '../errors/failure.ts';
import { mayRetry, retryDelay } from '../http/retry.ts';
import type { Target } from '../models/resolve-model.ts';
import type { TargetHealth } from './health.ts';

/** Where a generation may go. */
export interface Places {
  /** How many there are, at least one, in the order in which they are tried. */
  readonly targets: number;
  /** The place of that index, from 0. */
  target(index: number): Target;
  /** From now on that place is called through its profile; false when there is none to change to. */
  useProfile(index: number): boolean;
}

/** An attempt that failed before its first event, so that another was made. */
export interface FailedAttempt {
  readonly target: string;
  readonly region: string;
  readonly code: StreambedError['code'];
}

/** Attempts in all, however many targets an alias has. */
const mostAttempts = 10;

/** What is the request's own fault is refused everywhere alike. */
const sameEverywhere = new Set<ErrorType>([
  'invalid_request',
  'unsupported',
  'conflict',
  'request_too_large',
  'interrupted',
  'internal',
]);

/** What says that the target itself doesn't answer. `SB_MODEL_ERROR` and its like may be the request's doing. */
const targetIsDown = new Set<StreambedError['code']>([
  'SB_UPSTREAM_INTERNAL',
  'SB_UPSTREAM_UNAVAILABLE',
  'SB_UPSTREAM_UNREACHABLE',
  'SB_NO_SUCH_HOST',
  'SB_UPSTREAM_CUT',
  'SB_UPSTREAM_CORRUPT',
  'SB_MODEL_TIMEOUT',
  'SB_TIMEOUT_CONNECT',
  'SB_TIMEOUT_FIRST_EVENT',
]);

/** The way of one generation from target to target, until one gives a first event. */
export class Route {
  /** Attempts made so far. */
  attempts = 0;
  /** The index of the place that is asked now, or was asked last. */
  index = 0;
  /** What came before the attempt that counts. */
  readonly failed: FailedAttempt[] = [];
  /** The error of the last attempt that failed. */
  lastError: StreambedError | undefined;
  readonly #places: Places;
  readonly #generation: string;
  readonly #client: Client;
  readonly #tried = new Set<number>();
  /** What the attempt under way tells of its target; undefined once it has told. */
  #asked: TargetHealth | undefined;

  constructor(places: Places, generation: string, client: Client) {
    this.#places = places;
    this.#generation = generation;
    this.#client = client;
  }

  /**
   * Chooses the target of the next attempt: the first untried one in good health, else the next in turn. Waits where
   * its throttles ask for a pace. Throws `SB_CIRCUIT_OPEN` where every target is known not to answer.
   */
  async enter(signal: AbortSignal): Promise<void> {
    const order = this.#order();
    const healths = order.map((index) => this.#health(index));
    const unhurried = healths.findIndex(({ breaker, pace }) => breaker.waitMs === 0 && pace.waitMs === 0);
    const chosen = unhurried >= 0 ? unhurried : healths.findIndex(({ breaker }) => breaker.waitMs === 0);
    const index = order[chosen];
    const health = healths[chosen];
    if (index === undefined || health === undefined) throw this.lastError ?? this.#allOpen(order);
    const { waitMs } = health.pace;
    if (waitMs > 0) await delay(waitMs, signal);
    if (!health.breaker.enter()) throw this.lastError ?? this.#allOpen(order);
    health.pace.sent();
    this.#asked = health;
    this.#tried.add(index);
    this.index = index;
    this.attempts += 1;
  }

  /** The first event is there. */
  worked(): void {
    this.#asked?.breaker.worked();
    this.#asked = undefined;
    this.#client.retry.budget.succeeded();
  }

  /** The generation is over: an attempt that has told nothing by now tells nothing of its target. */
  left(): void {
    this.#asked?.breaker.left();
    this.#asked = undefined;
  }

  /** What the generation took. Cached reads don't count towards AWS's quotas. */
  used(usage: Usage): void {
    const {
      input_tokens = 0,
      cache_creation_input_tokens = 0,
      output_tokens = 0,
      thinking_tokens = 0,
    } = usage;
    const tokens = input_tokens + cache_creation_input_tokens + output_tokens + thinking_tokens;
    this.#health(this.index).pace.used(tokens);
  }

  /**
   * An attempt failed before its first event: resolves when another is to be made, after the wait that AWS and jitter
   * want; throws the failure's error where it is the end.
   */
  async retry({ error, retry, retryAfterMs = 0 }: Failure, signal: AbortSignal): Promise<void> {
    this.#tell(error);
    this.lastError = error;
    // Some regions offer a model only through its profile. The geography stays the same, so this needs no asking.
    if (error.code === 'SB_PROFILE_REQUIRED' && this.#places.useProfile(this.index)) return;
    const { attempts, maxDelayMs, budget } = this.#client.retry;
    const most = Math.min(mostAttempts, Math.max(attempts, this.#places.targets));
    const elsewhere = this.#tried.size < this.#places.targets && !sameEverywhere.has(error.type);
    const again = mayRetry(this.attempts, retry, most) && retryAfterMs <= maxDelayMs;
    if (this.attempts >= most || !(elsewhere || again) || !budget.take()) throw this.#advised(error);
    // Another region or account has its own quota: no need to wait before its first try.
    const { random } = this.#client;
    const delayMs = elsewhere ? 0 : retryDelay(this.attempts, retry, { random, maxDelayMs, retryAfterMs });
    const { id: target, region } = this.#places.target(this.index);
    this.failed.push({ target, region, code: error.code });
    this.#client.options.log?.({
      type: 'retry',
      generation: this.#generation,
      attempt: this.attempts,
      target,
      error,
      delayMs,
    });
    await delay(delayMs, signal);
  }

  /** Untried targets first, in their order; then all in turn, beginning after the last. */
  #order(): readonly number[] {
    const { targets } = this.#places;
    const inTurn = Array.from({ length: targets }, (_, step) =>
      this.attempts === 0 ? step : (this.index + 1 + step) % targets,
    );
    const untried = inTurn.filter((index) => !this.#tried.has(index)).sort((a, b) => a - b);
    return untried.length > 0 ? untried : inTurn;
  }

  #health(index: number): TargetHealth {
    return this.#client.health.of(this.#places.target(index));
  }

  /** What a failure says of its target. */
  #tell(error: StreambedError): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return;
    if (targetIsDown.has(error.code)) asked.breaker.failed();
    // That was us.
    else if (error.code === 'SB_BUSY') asked.breaker.left();
    else if (error.code === 'SB_THROTTLED') {
      asked.pace.throttled();
      asked.breaker.left();
    } else asked.breaker.worked();
  }

  /** AWS names no time after a throttle: the caller is told one all the same. */
  #advised(error: StreambedError): StreambedError {
    if (error.code !== 'SB_THROTTLED' || error.retryAfterSeconds !== undefined) return error;
    const { code, message, retryable, field, upstream } = error;
    return new StreambedError(code, message, {
      retryable,
      retryAfterSeconds: this.#health(this.index).pace.adviceSeconds,
      cause: error.cause,
      ...(field !== undefined && { field }),
      ...(upstream !== undefined && { upstream }),
    });
  }

  #allOpen(order: readonly number[]): StreambedError {
    const waits = order.map((index) => this.#health(index).breaker.waitMs);
    const retryAfterSeconds = Math.max(1, Math.ceil(Math.min(...waits) / 1000));
    const which = [...new Set(order.map((index) => this.#places.target(index)))]
      .map(({ id, region }) => `${id} in ${region}`)
      .join(', ');
    return new StreambedError(
      'SB_CIRCUIT_OPEN',
      `${which} failed so often in a row that nothing is sent there just now. It is tried again in ${retryAfterSeconds} s.`,
      { retryAfterSeconds },
    );
  }
}
