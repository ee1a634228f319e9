import { AwsError } from './errors.ts';

/** How much a minute takes, for each model id on its own, as called. */
export interface EmulatorLimits {
  readonly requestsPerMinute?: number | undefined;
  /** Input and output together. */
  readonly tokensPerMinute?: number | undefined;
}

const minuteMs = 60_000;
const mostModels = 1000;

/**
 * On-demand quotas. As at AWS a request needs room for its input and its whole `max_tokens`, and is then booked with
 * what it used: input, and output times five on Claude 3.7 and later. Refusals come in AWS's words.
 */
export class Quotas {
  limits: EmulatorLimits;
  readonly #now: () => Date;
  readonly #requests = new Map<string, number[]>();
  readonly #tokens = new Map<string, { readonly at: number; readonly count: number }[]>();

  constructor(limits: EmulatorLimits, now: () => Date) {
    this.limits = limits;
    this.#now = now;
  }

  /** Counts a request, or throws `ThrottlingException`. */
  admitRequest(modelId: string): void {
    const most = this.limits.requestsPerMinute;
    if (most === undefined) return;
    const now = this.#now().getTime();
    const recent = (this.#requests.get(modelId) ?? []).filter((at) => at > now - minuteMs);
    keep(this.#requests, modelId, recent);
    if (recent.length >= most)
      throw new AwsError('ThrottlingException', 'Too many requests, please wait before trying again.');
    recent.push(now);
  }

  /** Throws `ThrottlingException` unless there is room; else books what was used. */
  admitTokens(modelId: string, reserved: number, used: number): void {
    const most = this.limits.tokensPerMinute;
    if (most === undefined) return;
    const now = this.#now().getTime();
    const recent = (this.#tokens.get(modelId) ?? []).filter(({ at }) => at > now - minuteMs);
    keep(this.#tokens, modelId, recent);
    const spent = recent.reduce((sum, { count }) => sum + count, 0);
    if (spent + reserved > most)
      throw new AwsError('ThrottlingException', 'Too many tokens, please wait before trying again.');
    recent.push({ at: now, count: used });
  }
}

/** What a token of output counts for. */
export function burndown(modelId: string): number {
  return /claude-(3-7|(opus|sonnet|haiku|fable|mythos)-)/.test(modelId) ? 5 : 1;
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > mostModels && oldest !== undefined) map.delete(oldest);
}
