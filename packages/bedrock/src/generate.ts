import { type EncodedEvent, encodeEvent, type MessagesRequest, StreambedError } from '@streambed/protocol';
import { type Call, openCall } from './call.ts';
import type { Client } from './client.ts';
import { delay, startDeadline } from './deadlines.ts';
import { CallFailed, type Failure } from './failure.ts';
import { mayRetry, retryDelay } from './http/retry.ts';
import { canLookUp, withLookUps } from './look-up.ts';
import { type Plan, planOf } from './plan.ts';
import type { OpaqueModel, Target } from './resolve-model.ts';
import { stopEvent } from './stop-event.ts';
import { charactersIn } from './unfinished.ts';

export interface GenerateOptions {
  /**
   * Ends the generation. With `SB_INTERRUPTED` as its reason it ends `interrupted`, with another StreambedError
   * `failed`, else `cancelled`.
   */
  readonly signal: AbortSignal;
  /** Default true. False: the operation that answers at once, whole; the events are the same. */
  readonly stream?: boolean;
  /** The generation's id, `gen_…`; goes to AWS's invocation log. */
  readonly generation: string;
  /** Likewise. */
  readonly project?: string;
  /** The account to call as, where the target names none. */
  readonly account?: string;
  /** The hop header's ids as the request came in with them. */
  readonly hops?: readonly string[];
}

/** A run of a model. It starts when it is first read; its last event is always exactly one `generation_stop`. */
export interface Generation extends AsyncIterable<readonly EncodedEvent[]> {
  /** The id that is called, and where: first the one that is meant, then the one that the last attempt went to. */
  readonly target: string;
  readonly region: string;
  /** How often it was tried so far; 0 before it has begun. */
  readonly attempts: number;
  /** Fields of the request that were left out, for `x-streambed-dropped`. */
  readonly dropped: readonly string[];
  /** Fields that got a value, `max_tokens=8192`, for `x-streambed-defaulted`. */
  readonly defaulted: readonly string[];
}

/** Throws for what is wrong before anything is sent; see {@link Generation} for what comes after. */
export function startGeneration(
  request: MessagesRequest,
  options: GenerateOptions,
  client: Client,
): Generation {
  let planned: Plan;
  try {
    planned = planOf(request, options, client);
  } catch (error) {
    if (canLookUp(error, client)) return startLater(request, options, client, error);
    throw error;
  }
  return asGeneration(planned.target(1), planned, request, options, client);
}

/** A generation whose model is looked up when it is first read: what is wrong with the request shows only then. */
function startLater(
  request: MessagesRequest,
  options: GenerateOptions,
  client: Client,
  opaque: OpaqueModel,
): Generation {
  const target: Target = {
    id: opaque.arn,
    region: opaque.region,
    account: opaque.account,
    model: { id: opaque.arn, facts: undefined },
  };
  return asGeneration(target, undefined, request, options, client);
}

/** How far a run has come. */
interface Progress {
  /** Where it is meant to go, until there is a plan. */
  readonly meant: Target;
  plan: Plan | undefined;
  attempts: number;
  /** What the last attempt's family made of the request. */
  fitted: Pick<Generation, 'dropped' | 'defaulted'>;
}

function asGeneration(
  meant: Target,
  plan: Plan | undefined,
  request: MessagesRequest,
  options: GenerateOptions,
  client: Client,
): Generation {
  // The first wire request is written here where it can be: what a family refuses is thrown at once.
  const fitted = plan === undefined ? { dropped: [], defaulted: [] } : fittedBy(plan, 1);
  const progress: Progress = { meant, plan, attempts: 0, fitted };
  return {
    get target() {
      return targetOf(progress).id;
    },
    get region() {
      return targetOf(progress).region;
    },
    get attempts() {
      return progress.attempts;
    },
    get dropped() {
      return progress.fitted.dropped;
    },
    get defaulted() {
      return progress.fitted.defaulted;
    },
    [Symbol.asyncIterator]: () => run(request, progress, options, client),
  };
}

function targetOf({ plan, attempts, meant }: Progress): Target {
  return plan?.target(Math.max(1, attempts)) ?? meant;
}

/** Out: resolve, write, send. Back: read, decode, pass on. Before the first event a failure may be tried again. */
async function* run(
  request: MessagesRequest,
  progress: Progress,
  options: GenerateOptions,
  client: Client,
): AsyncGenerator<readonly EncodedEvent[], void, undefined> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal.reason);
  if (options.signal.aborted) onAbort();
  else options.signal.addEventListener('abort', onAbort, { once: true });
  const started = client.now();
  using timers = new DisposableStack();
  using slot = client.takeSlot();

  let call: Call | undefined;
  let thrown: unknown;
  let firstEventAt: number | undefined;
  let written = 0;
  try {
    if (slot === undefined) throw new StreambedError('SB_TOO_MANY_GENERATIONS');
    progress.plan ??= await withLookUps(() => planOf(request, options, client), client, stop.signal);
    const { plan } = progress;
    const { totalMs } = plan.deadlines;
    timers.use(startDeadline(totalMs, 'SB_TIMEOUT_TOTAL', (error) => stop.abort(error)));
    for (;;) {
      const attempt = progress.attempts + 1;
      progress.attempts = attempt;
      call = undefined;
      try {
        const step = plan.at(attempt, stop.signal);
        progress.fitted = fittedBy(plan, attempt);
        call = await openCall(step, client);
        for (let events = await call.read(); events !== undefined; events = await call.read()) {
          if (events.length === 0) continue;
          if (firstEventAt === undefined) {
            firstEventAt = client.now();
            client.retry.budget.succeeded();
            client.refusals.worked(plan.target(attempt).model.id);
          }
          written += charactersIn(events);
          yield events;
        }
        break;
      } catch (error) {
        call?.close();
        stop.signal.throwIfAborted();
        if (firstEventAt !== undefined || !(error instanceof CallFailed)) throw error;
        client.refusals.failed(plan.target(attempt).model.id, error.failure.error);
        await pauseBeforeRetry(attempt, error.failure, plan, options, client, stop.signal);
      }
    }
  } catch (error) {
    thrown = stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    call?.close();
    options.signal.removeEventListener('abort', onAbort);
  }
  const { plan, attempts, fitted } = progress;
  const outcome = {
    started: plan?.started ?? started,
    target: targetOf(progress),
    call,
    attempts,
    asked: { request, written },
    ...fitted,
    repriced: plan?.repriced ?? false,
    thrown,
  };
  yield [encodeEvent(stopEvent({ ...outcome, firstEventAt, signal: stop.signal, now: client.now() }))];
}

/** Waits as AWS and jitter want it; throws the failure itself when it isn't to be tried again. */
export async function pauseBeforeRetry(
  attempt: number,
  { error, retry, retryAfterMs = 0 }: Failure,
  plan: Pick<Plan, 'useProfile' | 'targets' | 'target'>,
  options: Pick<GenerateOptions, 'generation'>,
  client: Client,
  signal: AbortSignal,
): Promise<void> {
  const { attempts, maxDelayMs, budget } = client.retry;
  // Some regions offer a model only through its profile. The geography stays the same, so this needs no asking.
  if (error.code === 'SB_PROFILE_REQUIRED' && plan.useProfile(attempt)) return;
  if (!mayRetry(attempt, retry, attempts) || retryAfterMs > maxDelayMs || !budget.take()) throw error;
  // Another region or account has its own quota: no need to wait before its first try.
  const untried = attempt < plan.targets;
  const delayMs = untried
    ? 0
    : retryDelay(attempt, retry, { random: client.random, maxDelayMs, retryAfterMs });
  client.options.log?.({
    type: 'retry',
    generation: options.generation,
    attempt,
    target: plan.target(attempt).id,
    error,
    delayMs,
  });
  await delay(delayMs, signal);
}

/** What the family made of the request: left out, and filled in. */
function fittedBy(plan: Plan, attempt: number): Pick<Generation, 'dropped' | 'defaulted'> {
  const { dropped, defaulted } = plan.wire(attempt);
  return { dropped, defaulted: defaulted ?? plan.defaulted };
}
