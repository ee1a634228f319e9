import {
  type Cost,
  type GenerationStop,
  type MessagesRequest,
  StreambedError,
  type Usage,
} from '@streambed/protocol';
import type { Bulk } from './bulk.ts';
import { costOf } from './cost.ts';
import { CallFailed } from './errors/failure.ts';
import type { WireEnd } from './families/family.ts';
import { priceId, type Target } from './models/resolve-model.ts';
import type { FailedAttempt } from './targets/route.ts';
import { estimateUsage } from './unfinished.ts';

/** What an upstream call has said so far. */
export interface Called {
  readonly usage: Usage;
  readonly ending: WireEnd | undefined;
  readonly metrics: Readonly<Record<string, unknown>> | undefined;
  readonly requestId: string | undefined;
  readonly cutShort: boolean;
}

/** What is known at the end of a generation. */
export interface Outcome {
  /** When it was accepted, milliseconds since 1970; so is `now`. */
  readonly started: number;
  /** What was called last. */
  readonly target: Target;
  readonly call: Called | undefined;
  readonly attempts: number;
  /** The attempts before the one that counts. */
  readonly failed?: readonly FailedAttempt[];
  /** What was asked, and how many characters of its answer have come: what an unfinished one's cost is estimated by. */
  readonly asked?: {
    readonly request: MessagesRequest;
    readonly bulk?: Bulk | undefined;
    readonly written: number;
  };
  /** What was left out of the request, and what it was given. */
  readonly dropped?: readonly string[];
  readonly defaulted?: readonly string[];
  /** Whether it was called in a way that has prices of its own. */
  readonly repriced: boolean;
  /** What ended it, if anything but its own end. */
  readonly thrown: unknown;
  readonly firstEventAt: number | undefined;
  /** Whether it was ended from outside, and why. */
  readonly signal: AbortSignal;
  readonly now: number;
}

/** The last event of a generation: the only place that decides how it ended. */
export function stopEvent(outcome: Outcome): GenerationStop {
  const { started, call, attempts, target, thrown, firstEventAt, signal, now } = outcome;
  const { state, error } = endingOf(thrown, signal);
  const usage = call?.usage ?? {};
  const stop = call?.ending?.stop;
  const requestId = call?.requestId ?? error?.upstream?.request_id;
  const metrics = call?.metrics;
  const { dropped = [], defaulted = [], failed = [] } = outcome;
  return {
    type: 'generation_stop',
    state,
    stop_reason: stop?.stop_reason ?? null,
    ...(stop?.raw !== undefined && { raw_stop_reason: stop.raw }),
    usage,
    cost: costFor(outcome, usage, state),
    timing: {
      ...(firstEventAt !== undefined && { first_event_ms: firstEventAt - started }),
      total_ms: now - started,
    },
    ...(error !== undefined && { error: error.toInfo() }),
    bedrock: {
      ...call?.ending?.bedrock,
      target: target.id,
      region: target.region,
      attempts,
      ...(failed.length > 0 && { failed_attempts: failed }),
      ...(dropped.length > 0 && { dropped }),
      ...(defaulted.length > 0 && { defaulted }),
      ...(requestId !== undefined && { request_id: requestId }),
      ...(metrics !== undefined && { metrics }),
    },
  };
}

function costFor(outcome: Outcome, usage: Usage, state: GenerationStop['state']): Cost {
  const { call, target, asked, repriced } = outcome;
  const unfinished = call !== undefined && call.ending === undefined;
  const counted =
    unfinished && asked ? estimateUsage(usage, asked.written, asked.request, asked.bulk) : usage;
  const cost = costOf(counted, target.model.facts, priceId(target), state);
  // We closed the stream at a stop sequence: what AWS bills of the rest isn't known. Nor is what an ARN doesn't say.
  const guessed = repriced || call?.cutShort === true || target.scopeUnknown === true;
  return cost.status === 'exact' && guessed ? { ...cost, status: 'estimated' } : cost;
}

function endingOf(
  thrown: unknown,
  signal: AbortSignal,
): { state: GenerationStop['state']; error?: StreambedError } {
  if (thrown === undefined) return { state: 'completed' };
  const error = thrown instanceof CallFailed ? thrown.failure.error : thrown;
  if (!signal.aborted) return { state: 'failed', error: StreambedError.from(error) };
  // Ended from outside: an error as the reason is a fault (a deadline, a full log), anything else is a wish.
  if (!(error instanceof StreambedError)) return { state: 'cancelled' };
  return { state: error.code === 'SB_INTERRUPTED' ? 'interrupted' : 'failed', error };
}
