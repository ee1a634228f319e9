import type { ModelFacts } from '@streambed/model-facts';
import { converseAnswer, responseFields } from '../bodies/converse-answer.ts';
import { type ConverseAsk, readConverse } from '../bodies/converse-request.ts';
import type { Core } from '../core.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import type { ReceivedRequest } from '../ledger.ts';
import type { JsonObject } from '../turn.ts';
import { guardFor } from './converse-guard.ts';
import { settled } from './live.ts';
import { type Decided, decide, parseJson, throwFault } from './prepare.ts';
import { sendJson } from './whole.ts';

/** Converse: the whole answer at once. It has no token counts in its headers. */
export async function converse(
  exchange: Exchange,
  core: Core,
  received: ReceivedRequest,
  model: ModelFacts,
  forced: Fault | undefined,
): Promise<void> {
  const ask = readConverse(parseJson(received.body), model, received.modelId, false);
  if (ask.refusal !== undefined) throw ask.refusal;
  const unguarded = decide(core, received, ask.turn, forced);
  throwFault(exchange, unguarded.fault, false);
  const decided = guarded(core, ask, await settled(exchange, unguarded));
  const { clock, completion, fault } = decided;
  core.counts.note(received, decided.turn, completion);
  clock.advance(0);
  const due = clock.advance(completion.outputTokens);
  if (due > 0) await exchange.wait(due);
  const frame = { ...converseFrameOf(ask, decided), latencyMs: clock.latencyMs };
  await sendJson(exchange, converseAnswer(frame), fault);
}

/** An answer, and what a guardrail says of it. */
export interface Guarded extends Decided {
  readonly trace: JsonObject | undefined;
}

/** Lets the guardrail a request names look at the prompt and at the answer. Throws AwsError when there is none such. */
export function guarded(core: Core, ask: ConverseAsk, decided: Decided): Guarded {
  const guard = guardFor(core, ask.guardrail, ask.guarded);
  if (guard === undefined) return { ...decided, trace: undefined };
  // A prompt that may not pass never reaches the model: it costs no tokens of it.
  const turn = guard.blocked === undefined ? decided.turn : { ...decided.turn, inputTokens: 0 };
  return { ...decided, turn, ...guard.after(guard.blocked ?? decided.completion), repeatable: false };
}

/** What stands around an answer, whole or streamed. */
export function converseFrameOf(ask: ConverseAsk, { turn, completion, trace }: Guarded) {
  return {
    turn,
    dialect: ask.dialect,
    completion,
    performance: ask.performance,
    serviceTier: ask.serviceTier,
    trace,
    responseFields: responseFields(ask.responsePaths, completion, ask.dialect),
  };
}
