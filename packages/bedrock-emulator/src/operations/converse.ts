import type { ModelFacts } from '@streambed/model-facts';
import { converseAnswer, responseFields } from '../bodies/converse-answer.ts';
import { type ConverseAsk, readConverse } from '../bodies/converse-request.ts';
import type { Core } from '../core.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import type { ReceivedRequest } from '../ledger.ts';
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
  const decided = decide(core, received, ask.turn, forced);
  throwFault(exchange, decided.fault, false);
  const { clock, completion, fault } = decided;
  clock.advance(0);
  const due = clock.advance(completion.outputTokens);
  if (due > 0) await exchange.wait(due);
  const frame = { ...converseFrameOf(ask, decided), latencyMs: clock.latencyMs };
  await sendJson(exchange, converseAnswer(frame), fault);
}

/** What stands around an answer, whole or streamed. */
export function converseFrameOf(ask: ConverseAsk, { turn, completion }: Decided) {
  return {
    turn,
    dialect: ask.dialect,
    completion,
    performance: ask.performance,
    serviceTier: ask.serviceTier,
    responseFields: responseFields(ask.responsePaths, completion, ask.dialect),
  };
}
