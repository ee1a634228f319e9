import type { ModelFacts } from '@streambed/model-facts';
import type { AwsError } from '../errors.ts';
import type { PrefixBlock, Turn } from '../turn.ts';
import { claudeInputTokens } from './claude-tokens.ts';
import { Constraints, structure, wrongFormat } from './constraints.ts';
import { type ConverseMessage, readMessages } from './converse-blocks.ts';
import { type ConverseDialect, converseDialectOf } from './converse-dialect.ts';
import { type ConverseExtras, readExtras } from './converse-extras.ts';
import { checkMedia } from './converse-media.ts';
import { readModelFields } from './converse-model-fields.ts';
import type { BlockReader } from './converse-parts.ts';
import { checkClaude, checkConversation } from './converse-rules.ts';
import {
  checkCache,
  readInference,
  readOutput,
  readSystem,
  readToolConfig,
  refusedField,
  type SystemBlock,
} from './converse-settings.ts';
import { asModelErrors, ModelRefusal } from './model-error.ts';
import { isFields, readObject } from './problems.ts';

/** A Converse request that was read, with what only its answer's frame needs. */
export interface ConverseAsk extends ConverseExtras {
  readonly turn: Turn;
  readonly dialect: ConverseDialect;
  /** What a guardrail looks at: the parts marked for it, or else all that the user said. */
  readonly guarded: readonly string[];
  /** What the model itself refuses; in a stream of Claude it comes as its first frame. */
  readonly refusal: ModelRefusal | undefined;
}

const keys = [
  'messages',
  'system',
  'inferenceConfig',
  'toolConfig',
  'guardrailConfig',
  'additionalModelRequestFields',
  'additionalModelResponseFieldPaths',
  'promptVariables',
  'requestMetadata',
  'performanceConfig',
  'serviceTier',
  'outputConfig',
] as const;

const defaultMaxTokens = 4096;

/** Reads and checks a Converse or ConverseStream body as AWS does. Throws AwsError; a ModelRefusal is kept. */
export function readConverse(
  value: unknown,
  model: ModelFacts,
  modelId: string,
  streaming: boolean,
): ConverseAsk {
  const body = structure([], readObject(value), keys) ?? {};
  if (/^arn:[^:]+:bedrock:[^:]*:[^:]*:prompt\//.test(modelId)) refuseForPrompts(body);
  const dialect = converseDialectOf(model);
  const constraints = new Constraints();
  const reader: BlockReader = {
    model,
    dialect,
    constraints,
    documents: [],
    documentNames: new Set(),
    later: [],
    marks: [],
    images: 0,
    guarded: [],
  };
  const toolConfig = readToolConfig(body.toolConfig, model, dialect, streaming, reader);
  const system = readSystem(body.system, model, reader);
  const messages = readMessages(body.messages, reader);
  const inference = readInference(body.inferenceConfig, model, dialect, constraints);
  const outputSchema = readOutput(body.outputConfig, model, constraints);
  const settings = readExtras(body, streaming, constraints);
  constraints.throwIfAny();
  checkConversation(messages, model, dialect, toolConfig.given);
  checkCache(model, reader);

  const maxTokens = inference.maxTokens ?? model.maxOutput ?? defaultMaxTokens;
  const fields = body.additionalModelRequestFields ?? {};
  if (!isFields(fields)) throw wrongFormat(['additionalModelRequestFields'], 'object');
  let refusal: ModelRefusal | undefined;
  let modelFields: ReturnType<typeof readModelFields> | undefined;
  const systemText = system
    .map(({ text }) => text)
    .filter((text) => text !== '')
    .join('\n');
  const inputTokens = claudeInputTokens(systemText, messages, toolConfig.tools);
  try {
    modelFields = asModelErrors(() => readModelFields(fields, model, dialect, inference, maxTokens));
    checkMedia(reader);
    if (dialect.kind === 'claude') {
      checkClaude(messages, model);
      checkMarks(reader);
      if (modelFields.thinking.on && ['any', 'tool'].includes(toolConfig.choice.type))
        throw new ModelRefusal('Thinking may not be enabled when tool_choice forces tool use.');
    }
    for (const check of reader.later) check();
    if (model.contextWindow !== undefined && inputTokens > model.contextWindow) throw tooLong(dialect);
  } catch (error) {
    if (!(error instanceof ModelRefusal)) throw error;
    refusal = error;
  }

  const schema = outputSchema ?? modelFields?.outputSchema;
  return {
    ...settings,
    dialect,
    refusal,
    guarded:
      reader.guarded.length > 0
        ? reader.guarded
        : messages.flatMap(({ role, text }) => (role === 'user' && text !== '' ? [text] : [])),
    turn: {
      model,
      modelId,
      system: systemText,
      messages,
      tools: toolConfig.tools,
      toolChoice: toolConfig.choice,
      thinking: modelFields?.thinking ?? { on: false, shown: false },
      ...(schema === undefined ? {} : { outputSchema: schema }),
      toolIds: dialect.toolIds,
      documents: reader.documents,
      systemTools: toolConfig.systemTools,
      ...(reader.marks.length > 0
        ? { cached: true, prefix: prefixOf([...toolConfig.blocks, ...system], messages) }
        : {}),
      maxTokens,
      stopSequences: inference.stopSequences,
      inputTokens,
    },
  };
}

/** The prompt in the order of the cache: tools, system, messages. A mark belongs to what stands before it. */
function prefixOf(
  settings: readonly SystemBlock[],
  messages: readonly ConverseMessage[],
): readonly PrefixBlock[] {
  const blocks: { text: string; ttl?: '5m' | '1h' }[] = [];
  const mark = (ttl: '5m' | '1h') => {
    const before = blocks.at(-1);
    if (before !== undefined) before.ttl = ttl;
  };
  for (const block of settings) {
    if (block.mark !== undefined) mark(block.mark);
    else blocks.push({ text: block.text });
  }
  for (const message of messages)
    for (const block of message.blocks) {
      if ('ttl' in block) mark(block.ttl);
      else blocks.push({ text: `${message.role}: ${block.text}` });
    }
  return blocks;
}

/** AWS documents which fields a prompt ARN forbids; no source has its words for it. */
function refuseForPrompts(body: Readonly<Record<string, unknown>>): void {
  for (const field of ['inferenceConfig', 'system', 'toolConfig', 'additionalModelRequestFields'])
    if (body[field] !== undefined) throw refusedField(field);
}

/** Anthropic's own texts, which come through Converse. */
function checkMarks({ marks }: BlockReader): void {
  if (marks.length > 4)
    throw new ModelRefusal(
      `A maximum of 4 blocks with cache_control may be provided. Found ${marks.length}.`,
    );
  const short = marks.findIndex(({ ttl }) => ttl === '5m');
  const late = short === -1 ? undefined : marks.slice(short).find(({ ttl }) => ttl === '1h');
  if (late !== undefined)
    throw new ModelRefusal(
      `${late.place.slice(0, -1).join('.')}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
    );
}

/** The second is recorded on Nova; the first is Claude's. */
function tooLong(dialect: ConverseDialect): AwsError {
  if (dialect.kind === 'claude') return new ModelRefusal('Input is too long for requested model.');
  return new ModelRefusal(
    'Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.',
  );
}
