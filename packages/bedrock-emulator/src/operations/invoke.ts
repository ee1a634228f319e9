import type { ModelFacts } from '@streambed/model-facts';
import type { Core } from '../core.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import type { ReceivedRequest } from '../ledger.ts';
import { guardedInvoke, withNotes } from './invoke-guard.ts';
import { settled } from './live.ts';
import { echoedHeaders, type Prepared, prepare, throwFault } from './prepare.ts';
import { sendWhole } from './whole.ts';

/** InvokeModel: the whole answer at once, when the model would have written it. */
export async function invoke(
  exchange: Exchange,
  core: Core,
  received: ReceivedRequest,
  model: ModelFacts,
  forced: Fault | undefined,
): Promise<void> {
  const decided = prepare(core, received, model, forced);
  throwFault(exchange, decided.fault, false);
  const { decided: prepared, notes } = guardedInvoke(core, received, await settled(exchange, decided));
  const { body, turn, completion, clock, seed, fault } = prepared;
  core.counts.note(received, turn, completion);

  const json = withNotes(body.answer(turn, completion, seed.for('ids')), notes);
  const answer = Buffer.from(json, 'utf8');
  clock.advance(0);
  const due = clock.advance(completion.outputTokens);
  if (due > 0) await exchange.wait(due);

  const headers = { ...answerHeaders(prepared), ...echoedHeaders(received) };
  await sendWhole(exchange, headers, answer, fault);
}

function answerHeaders({ body, turn, completion, clock }: Prepared): Record<string, string> {
  const counts = body.counts(turn, completion);
  return {
    'Content-Type': 'application/json',
    'X-Amzn-Bedrock-Invocation-Latency': String(clock.latencyMs),
    'X-Amzn-Bedrock-Input-Token-Count': String(counts.input),
    'X-Amzn-Bedrock-Output-Token-Count': String(counts.output),
    ...(counts.cacheRead === undefined
      ? {}
      : { 'X-Amzn-Bedrock-Cache-Read-Input-Token-Count': String(counts.cacheRead) }),
    ...(counts.cacheWrite === undefined
      ? {}
      : { 'X-Amzn-Bedrock-Cache-Write-Input-Token-Count': String(counts.cacheWrite) }),
  };
}
