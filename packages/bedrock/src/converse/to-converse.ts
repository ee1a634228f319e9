import { isBlock, type MessagesRequest, type SystemBlock, type TextBlock } from '@streambed/protocol';
import type { FamilyModel } from '../families/family.ts';
import { isFields } from './read.ts';
import { toContent, toGuardContent } from './to-content.ts';
import { toThinking } from './to-thinking.ts';
import { toTools, withStandIns } from './to-tools.ts';
import { inOrder, type Turn } from './turns.ts';
import type * as converse from './types.ts';
import { refuse, unsupported, Writing } from './writing.ts';

type Request = MessagesRequest & { readonly max_tokens: number };

/** What {@link toConverse} makes. */
export interface ConverseCall {
  readonly request: converse.ConverseRequest;
  /** Paths of what was left out. docs/families.md says by which rule. */
  readonly dropped: readonly string[];
}

/**
 * A Messages request as a Converse body. Throws `SB_UNSUPPORTED` or `SB_BAD_REQUEST`, naming the field, for what
 * Converse or this model doesn't take; what may be left out without changing what was asked is dropped and named.
 * `metadata` goes to AWS's invocation log beside the caller's own.
 */
export function toConverse(
  request: Request,
  model: FamilyModel,
  metadata: Readonly<Record<string, string>> = {},
): ConverseCall {
  const writing = new Writing(request, model);
  // In the order in which cache points count: tools, system, messages.
  const tools = toTools(request, writing);
  const { system, messages } = split(request, writing);
  const isPrompt = model.id.includes(':prompt/');
  const toolConfig = withStandIns(tools.config, messages, request.tools ?? [], writing);
  if (request.tool_choice?.type === 'none' && toolConfig !== undefined) writing.drop('tool_choice');
  if (messages.at(-1)?.role === 'assistant' && model.facts?.prefill === false) {
    unsupported('messages', `${model.id} can't go on from the beginning of an answer`);
  }
  const fields = additionalFields(request, tools.native, writing);
  const inference = inferenceConfig(request, fields, writing);
  const bedrock = bedrockFields(request, metadata);
  const outputConfig = toOutputConfig(request, writing);
  dropWhatConverseLacks(request, writing);
  if (isPrompt) {
    // A prompt brings these itself, and a request that brings them too is a 400.
    if (system.length > 0) unsupported('system', 'a prompt ARN brings its own');
    if (toolConfig !== undefined) unsupported('tools', 'a prompt ARN brings its own');
    writing.drop('max_tokens');
  }
  return {
    request: {
      messages,
      ...(system.length > 0 && { system }),
      ...(!isPrompt && Object.keys(inference).length > 0 && { inferenceConfig: inference }),
      ...(toolConfig !== undefined && { toolConfig }),
      ...(!isPrompt && Object.keys(fields).length > 0 && { additionalModelRequestFields: fields }),
      ...(outputConfig !== undefined && { outputConfig }),
      ...bedrock,
    },
    dropped: writing.dropped,
  };
}

function split(request: Request, writing: Writing) {
  const system = toSystem(request.system, writing);
  const turns: Turn[] = [];
  for (const [index, message] of request.messages.entries()) {
    const at = `messages[${index}]`;
    if (message.role === 'system') {
      // System messages before the conversation are the system prompt; Converse has no place for later ones.
      if (turns.length > 0) unsupported(`${at}.role`, 'Converse takes no system message in mid-conversation');
      system.push(...toSystem(message.content as string | readonly SystemBlock[], writing, at));
      continue;
    }
    turns.push({ role: message.role, at, content: toContent(message.content, message.role, at, writing) });
  }
  if (system.length > 0 && writing.model.facts?.systemPrompt === false) {
    unsupported('system', `${writing.model.id} takes no system prompt`);
  }
  return { system, messages: inOrder(turns, writing.quirks) };
}

function toSystem(
  system: string | readonly SystemBlock[] | undefined,
  writing: Writing,
  at?: string,
): converse.ConverseSystemBlock[] {
  if (system === undefined) return [];
  if (typeof system === 'string') {
    if (system.trim() !== '') return [{ text: system }];
    writing.drop(at === undefined ? 'system' : `${at}.content`);
    return [];
  }
  const out: converse.ConverseSystemBlock[] = [];
  for (const [index, block] of system.entries()) {
    const here = at === undefined ? `system[${index}]` : `${at}.content[${index}]`;
    if (isBlock(block, 'streambed:cache_point')) {
      writing.pushCachePoint(out, block, here);
      continue;
    }
    const written = systemBlock(block, here, writing);
    if (written !== undefined) out.push(written);
    writing.pushCachePoint(out, (block as TextBlock).cache_control, `${here}.cache_control`);
  }
  return out;
}

function systemBlock(
  block: SystemBlock,
  at: string,
  writing: Writing,
): converse.ConverseSystemBlock | undefined {
  if (isBlock(block, 'text')) return block.text.trim() === '' ? writing.drop(at) : { text: block.text };
  if (isBlock(block, 'streambed:guard_content')) return { guardContent: toGuardContent(block, at, writing) };
  return unsupported(
    `${at}.type`,
    `Converse takes no ${JSON.stringify(block.type)} block in the system prompt`,
  );
}

function inferenceConfig(
  request: Request,
  fields: Readonly<Record<string, unknown>>,
  writing: Writing,
): converse.ConverseInferenceConfig {
  const { temperature, top_p: topP } = request;
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

function additionalFields(
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

function dropWhatConverseLacks(request: Request, writing: Writing): void {
  for (const [name, value] of Object.entries(request)) {
    if (idle.has(name) && value !== undefined && value !== null) writing.drop(name);
  }
}

function toOutputConfig(request: Request, writing: Writing): converse.ConverseRequest['outputConfig'] {
  const { format } = request.output_config ?? {};
  if (format === undefined || format === null) return undefined;
  const at = 'output_config.format';
  if (format.type !== 'json_schema')
    unsupported(`${at}.type`, `expected json_schema, got ${JSON.stringify(format.type)}`);
  if (writing.model.facts?.structuredOutput === false) {
    unsupported(at, `${writing.model.id} can't be held to a schema`);
  }
  const { schema, name, description } = format;
  return {
    textFormat: {
      type: 'json_schema',
      structure: {
        jsonSchema: {
          // A string here, where every other schema of Converse is an object.
          schema: JSON.stringify(schema),
          ...(typeof name === 'string' && { name }),
          ...(typeof description === 'string' && { description }),
        },
      },
    },
  };
}

const maxMetadata = 16;

function bedrockFields(
  request: Request,
  ours: Readonly<Record<string, string>>,
): Partial<converse.ConverseRequest> {
  const said = request.bedrock ?? {};
  const { guardrail, latency, service_tier: tier } = said;
  const metadata = { ...said.request_metadata, ...ours };
  const paths = said.additional_response_field_paths ?? [];
  const variables = Object.entries(said.prompt_variables ?? {});
  if (Object.keys(metadata).length > maxMetadata) {
    refuse('bedrock.request_metadata', `at most ${maxMetadata} entries are taken, ours included`);
  }
  return {
    ...(guardrail !== undefined && { guardrailConfig: toGuardrail(guardrail) }),
    ...(paths.length > 0 && { additionalModelResponseFieldPaths: paths }),
    ...(variables.length > 0 && {
      promptVariables: Object.fromEntries(variables.map(([name, text]) => [name, { text }])),
    }),
    ...(Object.keys(metadata).length > 0 && { requestMetadata: metadata }),
    ...(latency !== undefined && { performanceConfig: { latency } }),
    ...(tier !== undefined && { serviceTier: { type: tier } }),
  };
}

function toGuardrail(
  guardrail: NonNullable<NonNullable<MessagesRequest['bedrock']>['guardrail']>,
): NonNullable<converse.ConverseRequest['guardrailConfig']> {
  const { id, version, trace, stream_processing_mode: mode } = guardrail;
  return {
    guardrailIdentifier: id,
    guardrailVersion: version,
    ...(trace !== undefined && { trace }),
    ...(mode !== undefined && { streamProcessingMode: mode }),
  };
}
