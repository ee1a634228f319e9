import {
  type Cost,
  type EncodedEvent,
  encodeEvent,
  type GenerationStop,
  type MessagesRequest,
  StreambedError,
} from '@streambed/protocol';
import { type Attempt, type Call, openCall } from './call.ts';
import type { Client } from './client.ts';
import { costOf } from './cost.ts';
import { type Deadlines, delay, startDeadline } from './deadlines.ts';
import { CallFailed, type Failure } from './failure.ts';
import type { WireRequest } from './families/family.ts';
import { familyOf } from './families/index.ts';
import { mayRetry, retryDelay } from './http/retry.ts';
import { priceId, type Resolved, resolveModel, type Target } from './resolve-model.ts';
import { checkToolArguments } from './tool-arguments.ts';

export interface GenerateOptions {
  /** Ends the generation: `SB_INTERRUPTED` as its reason ends it `interrupted`, anything else `cancelled`. */
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
  /** The id that is called first, and where. */
  readonly target: string;
  readonly region: string;
  /** Fields of the request that were left out, for `x-streambed-dropped`. */
  readonly dropped: readonly string[];
  /** Fields that got a value, `max_tokens=8192`, for `x-streambed-defaulted`. */
  readonly defaulted: readonly string[];
}

/** Where a request without `max_tokens` ends, unless its alias or its model says less. */
const defaultMaxTokens = 8192;

/** Throws for what is wrong before anything is sent; see {@link Generation} for what comes after. */
export function startGeneration(
  request: MessagesRequest,
  options: GenerateOptions,
  client: Client,
): Generation {
  const plan = planOf(request, options, client);
  const target = plan.target(1);
  const wire = plan.wire(1);
  return {
    target: target.id,
    region: target.region,
    dropped: wire.dropped,
    defaulted: wire.defaulted ?? plan.defaulted,
    [Symbol.asyncIterator]: () => run(plan, options, client),
  };
}

/** Out: resolve, write, send. Back: read, decode, pass on. Before the first event a failure may be tried again. */
async function* run(
  plan: Plan,
  options: GenerateOptions,
  client: Client,
): AsyncGenerator<readonly EncodedEvent[], void, undefined> {
  const stop = new AbortController();
  const onAbort = () => stop.abort(options.signal.reason);
  if (options.signal.aborted) onAbort();
  else options.signal.addEventListener('abort', onAbort, { once: true });
  using _total = startDeadline(plan.deadlines.totalMs, 'SB_TIMEOUT_TOTAL', (error) => stop.abort(error));
  using slot = client.takeSlot();

  let call: Call | undefined;
  let thrown: unknown;
  let attempt = 0;
  let firstEventAt: number | undefined;
  try {
    if (slot === undefined) throw new StreambedError('SB_TOO_MANY_GENERATIONS');
    for (;;) {
      attempt += 1;
      call = undefined;
      try {
        call = await openCall(plan.at(attempt, stop.signal), client);
        for (let events = await call.read(); events !== undefined; events = await call.read()) {
          if (events.length === 0) continue;
          if (firstEventAt === undefined) {
            firstEventAt = client.now();
            client.retry.budget.succeeded();
          }
          yield events;
        }
        break;
      } catch (error) {
        call?.close();
        stop.signal.throwIfAborted();
        if (firstEventAt !== undefined || !(error instanceof CallFailed)) throw error;
        await pauseBeforeRetry(attempt, error.failure, plan, options, client, stop.signal);
      }
    }
  } catch (error) {
    thrown = stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    call?.close();
    options.signal.removeEventListener('abort', onAbort);
  }
  yield [
    encodeEvent(
      stopEvent({ plan, call, attempt, thrown, firstEventAt, signal: stop.signal, now: client.now() }),
    ),
  ];
}

/** Waits as AWS and jitter want it; throws the failure itself when it isn't to be tried again. */
async function pauseBeforeRetry(
  attempt: number,
  { error, retry, retryAfterMs = 0 }: Failure,
  plan: Plan,
  options: GenerateOptions,
  client: Client,
  signal: AbortSignal,
): Promise<void> {
  const { attempts, maxDelayMs, budget } = client.retry;
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

/** Everything known before the first byte: where each attempt goes and what it sends. */
interface Plan {
  readonly started: number;
  readonly deadlines: Deadlines;
  readonly defaulted: readonly string[];
  /** How many places there are to go. */
  readonly targets: number;
  /** Where attempt 1, 2, … goes: the targets in turn. */
  target(attempt: number): Target;
  wire(attempt: number): WireRequest;
  /** Attempt 1, 2, … itself, with a reader of its own. */
  at(attempt: number, signal: AbortSignal): Attempt;
}

function planOf(request: MessagesRequest, options: GenerateOptions, client: Client): Plan {
  const { aliases, region } = client.options;
  const resolved = resolveModel(request.model, { region, ...(aliases !== undefined && { aliases }) });
  const deadlines = { ...client.deadlines, ...resolved.deadlines };
  const asked = { ...request, max_tokens: request.max_tokens ?? defaultMaxTokensOf(resolved) };
  const metadata = metadataOf(options);
  const [first, ...rest] = resolved.targets.map((target) => {
    const family = familyOf(target.model, request.bedrock?.api);
    const stream = options.stream !== false && target.model.facts?.streaming !== false;
    return {
      target: { ...target, account: target.account ?? options.account },
      family,
      wire: lazy(() => family.toWire(asked, target.model, stream, metadata)),
    };
  });
  if (first === undefined) throw new StreambedError('SB_UNKNOWN_MODEL');
  const steps = [first, ...rest];
  const step = (attempt: number) => steps[(attempt - 1) % steps.length] ?? first;
  return {
    started: client.now(),
    deadlines,
    defaulted: request.max_tokens === undefined ? [`max_tokens=${asked.max_tokens}`] : [],
    targets: steps.length,
    target: (attempt) => step(attempt).target,
    wire: (attempt) => step(attempt).wire(),
    at(attempt, signal) {
      const { target, family, wire } = step(attempt);
      const messageId = `msg_${options.generation.replace(/^gen_/, '')}`;
      const reader = checkToolArguments(family.fromWire(target.model, { request: asked, messageId }), asked);
      return { target, wire: wire(), reader, deadlines, signal, hops: options.hops ?? [] };
    },
  };
}

function defaultMaxTokensOf({ maxTokens, targets }: Resolved): number {
  return Math.min(maxTokens ?? defaultMaxTokens, targets[0].model.facts?.maxOutput ?? Infinity);
}

/** AWS takes these letters in request metadata, up to 256 of them. */
function metadataOf({ generation, project }: GenerateOptions): Record<string, string> {
  const clean = (value: string) => value.replace(/[^a-zA-Z0-9\s:_@$#=/+,.-]/g, '_').slice(0, 256);
  return {
    streambed_generation: clean(generation),
    ...(project !== undefined && { streambed_project: clean(project) }),
  };
}

interface Outcome {
  readonly plan: Plan;
  readonly call: Call | undefined;
  readonly attempt: number;
  readonly thrown: unknown;
  readonly firstEventAt: number | undefined;
  readonly signal: AbortSignal;
  readonly now: number;
}

function stopEvent({ plan, call, attempt, thrown, firstEventAt, signal, now }: Outcome): GenerationStop {
  const { state, error } = endingOf(thrown, signal);
  const target = plan.target(Math.max(1, attempt));
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
      ...(firstEventAt !== undefined && { first_event_ms: firstEventAt - plan.started }),
      total_ms: now - plan.started,
    },
    ...(error !== undefined && { error: error.toInfo() }),
    bedrock: {
      ...call?.ending?.bedrock,
      target: target.id,
      region: target.region,
      attempts: attempt,
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
  if (error instanceof StreambedError && error.code === 'SB_INTERRUPTED')
    return { state: 'interrupted', error };
  if (error instanceof StreambedError && error.code === 'SB_TIMEOUT_TOTAL') return { state: 'failed', error };
  return { state: 'cancelled' };
}

function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
