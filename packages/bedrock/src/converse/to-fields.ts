import type { MessagesRequest } from '@streambed/protocol';
import { isFields } from './read.ts';
import { toThinking } from './to-thinking.ts';
import type * as converse from './types.ts';
import { unsupported, type Writing } from './writing.ts';

type Request = MessagesRequest & { readonly max_tokens: number };

/** How the answer is bounded and sampled, for `inferenceConfig`. */
export function inferenceConfig(
  request: Request,
  fields: Readonly<Record<string, unknown>>,
  writing: Writing,
): converse.ConverseInferenceConfig {
  const { temperature } = request;
  const oneOnly = temperature !== undefined && writing.model.facts?.oneSamplingParam === true;
  const topP = oneOnly ? undefined : request.top_p;
  if (oneOnly && request.top_p !== undefined) writing.drop('top_p');
  const stopSequences = request.stop_sequences?.filter((sequence) => sequence !== '') ?? [];
  if (stopSequences.length > 0 && !writing.quirks.stopSequences) {
    unsupported('stop_sequences', `${writing.model.id} takes no stop sequences`);
  }
  // Nova 2 thinks at its hardest only where nothing bounds or bends it; anything here is a 400 then.
  const unbound =
    isFields(fields.reasoningConfig) && fields.reasoningConfig.maxReasoningEffort === 'high'
      ? 'max_tokens'
      : '';
  if (unbound !== '') writing.drop(unbound);
  const sampled = unbound === '';
  if (writing.model.facts?.samplingParams === false) refuseSampling(request, writing.model.id);
  if (temperature !== undefined && !sampled) writing.drop('temperature');
  if (topP !== undefined && !sampled) writing.drop('top_p');
  return {
    ...(unbound === '' && { maxTokens: request.max_tokens }),
    ...(temperature !== undefined && sampled && { temperature }),
    ...(topP !== undefined && sampled && { topP }),
    ...(stopSequences.length > 0 && { stopSequences }),
  };
}

/** The newest Claudes take sampling parameters only at the value they have anyway. */
function refuseSampling(request: Request, id: string): void {
  const neutral = { temperature: 1, top_p: 1, top_k: undefined };
  for (const field of ['temperature', 'top_p', 'top_k'] as const) {
    if (request[field] !== neutral[field] && request[field] !== undefined) {
      unsupported(field, `${id} takes no ${field}`);
    }
  }
}

/** Fields that the Messages API has and Converse hasn't, and that say nothing about the answer. */
const idle = new Set(['metadata', 'service_tier', 'cache_control', 'inference_geo']);

/** Fields that ask for something that Bedrock doesn't have. */
const foreign = new Set(['mcp_servers', 'container', 'speed']);

/** Fields that are translated above, or that say how the call is made. */
const translated = new Set([
  'model',
  'max_tokens',
  'messages',
  'system',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'anthropic_beta',
  'anthropic_version',
  'stream',
  'bedrock',
]);

/** What the model has and Converse hasn't, for `additionalModelRequestFields`. */
export function additionalFields(
  request: Request,
  nativeTools: readonly Readonly<Record<string, unknown>>[],
  writing: Writing,
): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = { ...toThinking(request, writing) };
  const topK = request.top_k;
  if (topK !== undefined) {
    if (writing.quirks.topK === undefined) writing.drop('top_k');
    else if (writing.quirks.topK === 'top_k') fields.top_k = topK;
    else fields.inferenceConfig = { topK };
  }
  const betas = request.anthropic_beta ?? [];
  if (betas.length > 0) {
    if (writing.quirks.nativeFields) fields.anthropic_beta = betas;
    else writing.drop('anthropic_beta');
  }
  if (nativeTools.length > 0) fields.tools = nativeTools;
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined || translated.has(name) || idle.has(name)) continue;
    if (foreign.has(name)) unsupported(name, 'Bedrock does not have this');
    if (writing.quirks.nativeFields) fields[name] = value;
    else writing.drop(name);
  }
  return mergeFields(fields, request.bedrock?.additional_request_fields ?? {});
}

/** The caller's own fields go first; objects of one name (Nova's `inferenceConfig`) are joined. */
function mergeFields(
  ours: Readonly<Record<string, unknown>>,
  theirs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = { ...ours };
  for (const [name, value] of Object.entries(theirs)) {
    const mine = merged[name];
    merged[name] = isFields(mine) && isFields(value) ? mergeFields(mine, value) : value;
  }
  return merged;
}

/** Leaves out, by name, what says nothing about the answer. */
export function dropWhatConverseLacks(request: Request, writing: Writing): void {
  for (const [name, value] of Object.entries(request)) {
    if (idle.has(name) && value !== undefined && value !== null) writing.drop(name);
  }
}
