import { type EncodedEvent, encodeEvent, type MessagesRequest, StreambedError } from '@streambed/protocol';
import { type Call, openCall } from './call.ts';
import type { Client } from './client.ts';
import { startDeadline } from './deadlines.ts';
import { CallFailed } from './failure.ts';
import { canLookUp, withLookUps } from './look-up.ts';
import { type Plan, planOf } from './plan.ts';
import type { OpaqueModel, Target } from './resolve-model.ts';
import { stopEvent } from './stop-event.ts';
import { Route } from './targets/route.ts';
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
  return asGeneration(planned.target(0), planned, request, options, client);
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
  /** There once it is run. */
  route: Route | undefined;
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
  const fitted = plan === undefined ? { dropped: [], defaulted: [] } : fittedBy(plan, 0);
  const progress: Progress = { meant, plan, route: undefined, fitted };
  return {
    get target() {
      return targetOf(progress).id;
    },
    get region() {
      return targetOf(progress).region;
    },
    get attempts() {
      return progress.route?.attempts ?? 0;
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

function targetOf({ plan, route, meant }: Progress): Target {
  return plan?.target(route?.index ?? 0) ?? meant;
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
    const route = new Route(plan, options.generation, client);
    progress.route = route;
    timers.defer(() => route.left());
    for (;;) {
      call = undefined;
      await route.enter(stop.signal);
      const { model } = plan.target(route.index);
      try {
        const step = plan.at(route.index, stop.signal);
        progress.fitted = fittedBy(plan, route.index);
        call = await openCall(step, client);
        for (let events = await call.read(); events !== undefined; events = await call.read()) {
          if (events.length === 0) continue;
          if (firstEventAt === undefined) {
            firstEventAt = client.now();
            route.worked();
            client.refusals.worked(model.id);
          }
          written += charactersIn(events);
          yield events;
        }
        break;
      } catch (error) {
        call?.close();
        stop.signal.throwIfAborted();
        if (firstEventAt !== undefined) throw error;
        // Another model may be unable to take this request: then the failure of the one that was meant counts.
        if (!(error instanceof CallFailed)) throw route.lastError ?? error;
        client.refusals.failed(model.id, error.failure.error);
        await route.retry(error.failure, stop.signal);
      }
    }
  } catch (error) {
    thrown = stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    call?.close();
    options.signal.removeEventListener('abort', onAbort);
  }
  const { plan, route, fitted } = progress;
  const outcome = {
    started: plan?.started ?? started,
    target: targetOf(progress),
    call,
    attempts: route?.attempts ?? 0,
    failed: route?.failed ?? [],
    asked: { request, written },
    ...fitted,
    repriced: plan?.repriced ?? false,
    thrown,
  };
  const event = stopEvent({ ...outcome, firstEventAt, signal: stop.signal, now: client.now() });
  if (call !== undefined) route?.used(event.usage);
  yield [encodeEvent(event)];
}

/** What the family made of the request: left out, and filled in. */
function fittedBy(plan: Plan, index: number): Pick<Generation, 'dropped' | 'defaulted'> {
  const { dropped, defaulted } = plan.wire(index);
  return { dropped, defaulted: defaulted ?? plan.defaulted };
}
