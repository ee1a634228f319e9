import { type ModelFacts, splitProfileId } from '@streambed/model-facts';
import { readConverse } from '../bodies/converse-request.ts';
import { nativeBodyFor } from '../bodies/native-body.ts';
import { isFields } from '../bodies/problems.ts';
import { constraintError, validationError } from '../errors.ts';
import { findRuntimeModel } from '../model.ts';
import type { DirectRequest } from './direct.ts';
import { parseJson } from './prepare.ts';

/** CountTokens: of a native body or a Converse request. Only base ids of models that can be counted for (recorded). */
export function countTokensOf({ received, route }: DirectRequest): unknown {
  const id = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]*::foundation-model\/(.+)$/.exec(route.modelId)?.[1];
  const named = id ?? route.modelId;
  const model = findRuntimeModel(named);
  if (model === undefined) throw validationError('The provided model identifier is invalid.');
  if (splitProfileId(named).prefix !== undefined || !countable(model.id))
    throw validationError("The provided model doesn't support counting tokens.");

  const body = parseJson(received.body);
  const input = isFields(body) && isFields(body.input) ? body.input : undefined;
  if (input === undefined) throw constraintError('null', 'input', 'Member must not be null');
  const { invokeModel, converse } = input;
  if (isFields(invokeModel) && converse === undefined) {
    if (typeof invokeModel.body !== 'string')
      throw constraintError('null', 'input.invokeModel.body', 'Member must not be null');
    const json = parseJson(Buffer.from(invokeModel.body, 'base64').toString('utf8'));
    return { inputTokens: nativeBodyFor(model, json).parse(json, model, model.id).inputTokens };
  }
  if (isFields(converse) && invokeModel === undefined) return { inputTokens: countConverse(converse, model) };
  throw validationError('Exactly one of invokeModel and converse must be set in input.');
}

/** Claude from 3.5 on, without the very first Sonnet 3.5 (AWS's list). */
function countable(id: string): boolean {
  return (
    id.startsWith('anthropic.claude-') &&
    !/claude-(v2|instant|3-haiku|3-sonnet|3-opus|3-5-sonnet-20240620)/.test(id)
  );
}

function countConverse(converse: unknown, model: ModelFacts): number {
  const { turn, refusal } = readConverse(converse, model, model.id, false);
  if (refusal !== undefined) throw refusal;
  return turn.inputTokens;
}
