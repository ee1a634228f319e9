import type { ModelFacts } from '@streambed/model-facts';
import { type Core, RequestSeed } from '../core.ts';
import { nothing } from '../counts.ts';
import { validationError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Fault } from '../faults.ts';
import type { ReceivedRequest } from '../ledger.ts';
import { PaceClock, paceFor } from '../pace.ts';
import { cohereEmbed, rerank } from '../vectors/cohere.ts';
import { novaEmbed } from '../vectors/nova.ts';
import { titanImage, titanV1, titanV2 } from '../vectors/titan.ts';
import type { VectorBody } from '../vectors/vector-body.ts';
import { parseJson, throwFault } from './prepare.ts';
import { sendWhole } from './whole.ts';

const bodies: readonly (readonly [RegExp, VectorBody])[] = [
  [/^amazon\.titan-embed-text-v2/, titanV2],
  [/^amazon\.titan-embed-(text-v1|g1-text)/, titanV1],
  [/^amazon\.titan-embed-image/, titanImage],
  [/^amazon\.nova-2-multimodal-embeddings/, novaEmbed],
  [/^cohere\.embed-/, cohereEmbed],
  [/^(cohere|amazon)\.rerank-/, rerank],
];

/** InvokeModel on a model that gives numbers: embeddings, ranks. */
export async function invokeVectors(
  exchange: Exchange,
  core: Core,
  received: ReceivedRequest,
  model: ModelFacts,
  forced: Fault | undefined,
): Promise<void> {
  const body = bodies.find(([pattern]) => pattern.test(model.id))?.[1];
  if (body === undefined)
    throw validationError(`This is Streambed's local Bedrock: it doesn't speak the body of ${model.id}.`);
  const { json, inputTokens } = body(parseJson(received.body), model, received.requestId);
  throwFault(exchange, forced, false);
  core.counts.noteCounted(received, { ...nothing, input: inputTokens ?? 0 });
  const seed = new RequestSeed(core.seed, received.modelId, received.body);
  const clock = new PaceClock(paceFor(core.pace, model), seed.for('pace'));
  const due = clock.advance(0);
  if (due > 0) await exchange.wait(due);
  const headers: Record<string, string> = {
    'Content-Type': 'application/json',
    'X-Amzn-Bedrock-Invocation-Latency': String(clock.latencyMs),
  };
  if (inputTokens !== undefined) headers['X-Amzn-Bedrock-Input-Token-Count'] = String(inputTokens);
  await sendWhole(exchange, headers, Buffer.from(JSON.stringify(json), 'utf8'), forced);
}
