import type { ModelFacts } from '@streambed/model-facts';
import type { JsonObject, Turn } from '../turn.ts';
import { dialectOf } from './claude-dialect.ts';
import { readBetas, readClaudeOutput, readSampling, readThinking } from './claude-request.ts';
import type { ConverseDialect } from './converse-dialect.ts';
import type { Inference } from './converse-settings.ts';
import { type Fields, isFields, Problems } from './problems.ts';

/** What `additionalModelRequestFields` ask for. */
export interface ModelFields {
  readonly thinking: Turn['thinking'];
  readonly outputSchema: JsonObject | undefined;
}

/** Fields of OpenAI's chat body that Converse has no place for. */
const chatFields = [
  'reasoning_effort',
  'reasoning_config',
  'thinking',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'n',
  'seed',
  'user',
  'response_format',
  'parallel_tool_calls',
  'chat_template_kwargs',
  'top_k',
] as const;

const known: Readonly<Record<Exclude<ConverseDialect['kind'], 'claude' | 'nova'>, readonly string[]>> = {
  llama: [],
  titan: [],
  mistral: ['top_k', 'response_format', 'random_seed', 'safe_prompt', 'reasoning_effort'],
  cohere: [
    'k',
    'p',
    'seed',
    'frequency_penalty',
    'presence_penalty',
    'documents',
    'preamble',
    'return_prompt',
  ],
  jamba: ['n', 'frequency_penalty', 'presence_penalty', 'response_format', 'documents'],
  palmyra: ['min_p', 'top_k', 'seed', 'frequency_penalty', 'presence_penalty'],
  deepseek: chatFields,
  'gpt-oss': chatFields,
  qwen: chatFields,
  kimi: chatFields,
  other: chatFields,
};

/** Checks the fields as the model behind them does: what it refuses throws its own words, unprefixed. */
export function readModelFields(
  fields: Fields,
  model: ModelFacts,
  dialect: ConverseDialect,
  inference: Inference,
  maxTokens: number,
): ModelFields {
  switch (dialect.kind) {
    case 'claude':
      return readClaudeFields(fields, model, inference, maxTokens);
    case 'nova':
      return { thinking: readNovaFields(fields, model), outputSchema: undefined };
    default: {
      const problems = new Problems('schema');
      problems.keys([], fields, [], known[dialect.kind]);
      problems.throwIfAny();
      const asked = ['reasoning_config', 'reasoning_effort', 'thinking'].some((key) =>
        switchedOn(fields[key]),
      );
      const on = dialect.alwaysReasons || (asked && dialect.reasoning === 'plain');
      return { thinking: { on, shown: on }, outputSchema: undefined };
    }
  }
}

function switchedOn(value: unknown): boolean {
  if (isFields(value))
    return value.type === undefined || value.type === 'enabled' || value.type === 'adaptive';
  return typeof value === 'string' && value !== 'none' && value !== 'disabled';
}

function readClaudeFields(
  fields: Fields,
  model: ModelFacts,
  inference: Inference,
  maxTokens: number,
): ModelFields {
  const claude = dialectOf(model);
  const problems = new Problems(claude.problems);
  const { reasoning_config: reasoning, ...rest } = fields;
  // Converse also takes Claude's `thinking` under this name (recorded).
  const body: Fields = {
    ...rest,
    ...(reasoning === undefined ? {} : { thinking: reasoning }),
    ...(inference.temperature === undefined ? {} : { temperature: inference.temperature }),
    ...(inference.topP === undefined ? {} : { top_p: inference.topP }),
  };
  const betas = readBetas(body, problems);
  problems.keys(
    [],
    rest,
    [],
    [
      'thinking',
      'output_config',
      'top_k',
      'anthropic_beta',
      'metadata',
      'tool_choice',
      'tools',
      ...(betas.some((beta) => beta.startsWith('context-management')) ? ['context_management'] : []),
    ],
  );
  const thinking = readThinking(body, model, maxTokens, problems);
  readSampling(body, model, claude, thinking.on, problems);
  const outputSchema = readClaudeOutput(rest.output_config, problems);
  problems.throwIfAny();
  return { thinking, outputSchema };
}

function readNovaFields(fields: Fields, model: ModelFacts): Turn['thinking'] {
  const problems = new Problems('schema');
  const reasons = model.thinking?.supported === true;
  problems.keys([], fields, [], ['inferenceConfig', ...(reasons ? ['reasoningConfig'] : [])]);
  const config =
    fields.inferenceConfig === undefined ? {} : problems.fields(['inferenceConfig'], fields.inferenceConfig);
  if (config !== undefined) {
    problems.keys(['inferenceConfig'], config, [], ['topK']);
    if (config.topK !== undefined) problems.integer(['inferenceConfig', 'topK'], config.topK, 1, 128);
  }
  const reasoning =
    fields.reasoningConfig === undefined || !reasons
      ? undefined
      : problems.fields(['reasoningConfig'], fields.reasoningConfig);
  if (reasoning !== undefined) {
    problems.keys(['reasoningConfig'], reasoning, ['type'], ['maxReasoningEffort']);
    problems.oneOf(['reasoningConfig', 'type'], reasoning.type, ['enabled', 'disabled']);
    if (reasoning.maxReasoningEffort !== undefined)
      problems.oneOf(['reasoningConfig', 'maxReasoningEffort'], reasoning.maxReasoningEffort, [
        'low',
        'medium',
        'high',
      ]);
  }
  problems.throwIfAny();
  const on = reasoning?.type === 'enabled';
  return { on, shown: on };
}
