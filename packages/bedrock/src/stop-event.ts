import { type Cost, type GenerationStop, StreambedError } from '@streambed/protocol';
import type { Call } from './call.ts';
import { costOf } from './cost.ts';
import { CallFailed } from './failure.ts';
import { priceId, type Target } from './resolve-model.ts';

/** What is known at the end of a generation. */
export interface Outcome {
  /** When it was accepted, milliseconds since 1970; so is `now`. */
  readonly started: number;
  /** What was called last. */
  readonly target: Target;
  readonly call: Call | undefined;
  readonly attempts: number;
  /** What ended it, if anything but its own end. */
  readonly thrown: unknown;
  readonly firstEventAt: number | undefined;
  /** Whether it was ended from outside, and why. */
  readonly signal: AbortSignal;
  readonly now: number;
}

/** The last event of a generation: the only place that decides how it ended. */
export function stopEvent(outcome: Outcome): GenerationStop {
  const { started, target, call, attempts, thrown, firstEventAt, signal, now } = outcome;
  const { state, error } = endingOf(thrown, signal);
  const usage = call?.usage ?? {};
  const stop = call?.ending?.stop;
  const requestId = call?.requestId ?? error?.upstream?.request_id;
  const metrics = call?.metrics;
  return {
    type: 'generation_stop',
    state,
    stop_reason: stop?.stop_reason ?? null,
    ...(stop?.raw !== undefined && { raw_stop_reason: stop.raw }),
    usage,
    cost: costFor(call, target, usage, state),
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
      ...(requestId !== undefined && { request_id: requestId }),
      ...(metrics !== undefined && { metrics }),
    },
  };
}

function costFor(
  call: Call | undefined,
  target: Target,
  usage: GenerationStop['usage'],
  state: GenerationStop['state'],
): Cost {
  const cost = costOf(usage, target.model.facts, priceId(target), state);
  // We closed the stream at a stop sequence: what AWS bills of the rest isn't known.
  return cost.status === 'exact' && call?.cutShort === true ? { ...cost, status: 'estimated' } : cost;
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
