import { splitProfileId } from '@streambed/model-facts';
import { nativeBodyFor } from '../bodies/native-body.ts';
import { isFields } from '../bodies/problems.ts';
import { countTokens } from '../engine/tokens.ts';
import { constraintError, validationError } from '../errors.ts';
import { findRuntimeModel } from '../model.ts';
import type { DirectRequest } from './direct.ts';
import { parseJson } from './prepare.ts';

// What an empty conversation costs; recorded: 11 for "Hello, world!".
const overhead = 7;

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
  if (isFields(converse) && invokeModel === undefined)
    return { inputTokens: overhead + countValue(converse) };
  throw validationError('Exactly one of invokeModel and converse must be set in input.');
}

/** Claude from 3.5 on, without the very first Sonnet 3.5 (AWS's list). */
function countable(id: string): boolean {
  return (
    id.startsWith('anthropic.claude-') &&
    !/claude-(v2|instant|3-haiku|3-sonnet|3-opus|3-5-sonnet-20240620)/.test(id)
  );
}

/** Texts count as tokens, keys of a tool's schema too; bytes of images and documents by their size. */
function countValue(value: unknown): number {
  if (typeof value === 'string') return countTokens(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + countValue(item), 0);
  if (!isFields(value)) return 0;
  return Object.entries(value).reduce((sum, [key, inner]) => {
    if (key === 'role' || key === 'additionalModelRequestFields') return sum;
    if (key === 'bytes' && typeof inner === 'string') return sum + Math.ceil(inner.length / 1000);
    if (key === 'inputSchema') return sum + countTokens(JSON.stringify(inner));
    return sum + countValue(inner);
  }, 0);
}
