import type { ModelFacts } from '@streambed/model-facts';
import type { NativeBody } from '../bodies/body.ts';
import { nativeBodyFor } from '../bodies/native-body.ts';
import { type Core, RequestSeed } from '../core.ts';
import { type Completion, complete } from '../engine/complete.ts';
import { parseDirectives } from '../engine/directives.ts';
import { AwsError, streamExceptions, validationError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import type { ReceivedRequest } from '../ledger.ts';
import { PaceClock, paceFor } from '../pace.ts';
import { burndown } from '../quotas.ts';
import { type Reply, say } from '../script.ts';
import { promptOf, type Turn } from '../turn.ts';
import type { Live } from './live.ts';

/** An answer that is decided but not yet sent. */
export interface Decided {
  readonly turn: Turn;
  readonly completion: Completion;
  readonly clock: PaceClock;
  readonly seed: RequestSeed;
  readonly fault: Fault | undefined;
  /** Nothing but the request, the seed and the docs decided it, and no time passes: it may be kept. */
  readonly repeatable: boolean;
  /** Set: an engine is still to write it, and `completion` is empty. See `settled` and `liveFrames`. */
  readonly live: Live | undefined;
}

export interface Prepared extends Decided {
  readonly body: NativeBody;
}

/**
 * Reads and checks an invoke body and decides the whole answer: a script's, or the demo model's. Throws AwsError.
 * `forced` is a fault that was decided before the body was read.
 */
export function prepare(
  core: Core,
  received: ReceivedRequest,
  model: ModelFacts,
  forced: Fault | undefined,
): Prepared {
  const json = parseJson(received.body);
  const body = nativeBodyFor(model, json);
  const turn = body.parse(json, model, received.modelId);
  return { body, ...decide(core, received, turn, forced) };
}

/** Decides the whole answer to a request that was read and checked. */
export function decide(
  core: Core,
  received: ReceivedRequest,
  asked: Turn,
  forced: Fault | undefined,
): Decided {
  const seed = new RequestSeed(core.seed, received.modelId, received.body);

  const turn =
    asked.prefix === undefined
      ? asked
      : { ...asked, cacheUse: core.promptCache.use(asked.model, asked.prefix, asked.inputTokens) };
  const scripted = core.script?.({ ...received, prompt: promptOf(turn), turn });
  // Directives stay the demo model's: so faults and exact texts work beside an engine too.
  const live =
    core.engine !== undefined && scripted === undefined && parseDirectives(promptOf(turn)) === undefined
      ? { engine: core.engine, turn }
      : undefined;
  const reply: Reply =
    live !== undefined
      ? { blocks: [] }
      : scripted === undefined
        ? core.demo.reply(turn, seed.for('text'))
        : typeof scripted === 'string'
          ? say(scripted)
          : scripted;
  const pace = paceFor(reply.pace ?? core.pace, turn.model);
  const fault = forced ?? core.faultCounter.take(reply.fault, seed.key);
  const completion = complete(reply, turn, seed.for('ids'));
  const { inputTokens, maxTokens } = turn;
  const used = inputTokens + completion.outputTokens * burndown(turn.model.id);
  core.quotas.admitTokens(received.modelId, inputTokens + maxTokens, used);
  return {
    turn,
    completion,
    clock: new PaceClock(pace, seed.for('pace')),
    seed,
    fault,
    live,
    repeatable:
      live === undefined &&
      core.script === undefined &&
      asked.prefix === undefined &&
      reply.fault === undefined &&
      forced === undefined &&
      pace === undefined,
  };
}

/** The body's JSON. Throws AwsError. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No source has the words for a body that isn't JSON at all; these are AWS's for other malformed ones.
    throw validationError('Malformed input request, please reformat your input and try again.');
  }
}

/** Throws the error of a fault that is one, or that is an exception where there are no frames to carry it. */
export function throwFault(exchange: Exchange, fault: Fault | undefined, frames: boolean): void {
  if (fault?.type === 'exception' && !frames) {
    exchange.faulted = true;
    throw new AwsError(streamExceptions[fault.name], fault.message);
  }
  if (fault?.type !== 'error') return;
  exchange.faulted = true;
  throw new AwsError(fault.name, fault.message, fault.status === undefined ? {} : { status: fault.status });
}

/** Headers that are echoed when they were set. */
export function echoedHeaders(received: ReceivedRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['X-Amzn-Bedrock-PerformanceConfig-Latency', 'X-Amzn-Bedrock-Service-Tier']) {
    const value = received.headers[name.toLowerCase()];
    if (value !== undefined) headers[name] = value;
  }
  return headers;
}
