import type { ModelFacts } from '@streambed/model-facts';
import { validationError } from '../errors.ts';
import type { JsonObject, Turn } from '../turn.ts';
import { type ClaudeDialect, claudeName, dialectOf } from './claude-dialect.ts';
import { stopSequences } from './claude-fields.ts';
import { checkConversation, readMessages, readSystem } from './claude-messages.ts';
import { claudePrefix } from './claude-prefix.ts';
import { claudeInputTokens } from './claude-tokens.ts';
import { readToolChoice, readTools } from './claude-tools.ts';
import { type Fields, Problems, readObject } from './problems.ts';

const optionalKeys = [
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
  'metadata',
];

/** Reads a Messages body for Claude, as strict as AWS. Throws AwsError. */
export function parseClaude(value: unknown, model: ModelFacts, modelId: string): Turn {
  const dialect = dialectOf(model);
  const problems = new Problems(dialect.problems);
  const body = readObject(value);
  const betas = readBetas(body, problems);
  const withBetas = betas.some((beta) => beta.startsWith('context-management'))
    ? [...optionalKeys, 'context_management']
    : optionalKeys;
  problems.keys([], body, ['anthropic_version', 'max_tokens', 'messages'], withBetas);
  problems.throwIfAny();

  readVersion(body, problems);
  const maxTokens = problems.integer(['max_tokens'], body.max_tokens, 1) ?? 1;
  const messages = readMessages(body.messages, dialect, problems);
  const system = readSystem(body.system, problems);
  const stops = stopSequences(body.stop_sequences, problems);
  if (stops.some((text) => text.trim() === ''))
    // Refused by Anthropic; no source has Bedrock's words.
    problems.wrong(['stop_sequences'], 'each stop sequence must contain non-whitespace');
  const tools = readTools(body.tools, problems);
  const toolChoice = readToolChoice(body.tool_choice, tools, problems);
  const thinking = readThinking(body, model, maxTokens, problems);
  readSampling(body, model, dialect, thinking.on, problems);
  const outputSchema = readClaudeOutput(body.output_config, problems);
  if (thinking.on && (toolChoice.type === 'any' || toolChoice.type === 'tool'))
    // No source has Bedrock's words.
    problems.wrong(['tool_choice'], 'a forced tool choice needs thinking to be off');
  problems.throwIfAny();

  // Anthropic's own text, which Bedrock passes on.
  if (model.maxOutput !== undefined && maxTokens > model.maxOutput)
    throw validationError(
      `max_tokens: ${maxTokens} > ${model.maxOutput}, which is the maximum allowed number of output tokens for ${claudeName(model)}`,
    );
  checkConversation(messages, model, dialect, tools.length > 0);

  const prefix = dialect.cacheUsage ? claudePrefix(body) : undefined;
  const inputTokens = claudeInputTokens(system, messages, tools);
  if (model.contextWindow !== undefined && inputTokens > model.contextWindow)
    throw validationError('Input is too long for requested model.');
  return {
    model,
    modelId,
    system,
    messages,
    tools,
    toolChoice,
    thinking,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    documents: messages.flatMap(({ documents }) => documents),
    ...(prefix === undefined ? {} : { cached: true, prefix }),
    maxTokens,
    stopSequences: stops,
    inputTokens,
  };
}

/** `bedrock-2023-05-31`, or the plain date that Anthropic's own SDKs for Bedrock send. */
function readVersion(body: Fields, problems: Problems): void {
  const version = problems.text(['anthropic_version'], body.anthropic_version);
  if (version !== undefined && !/^(bedrock-)?\d{4}-\d{2}-\d{2}$/.test(version))
    problems.wrong(['anthropic_version'], `${version} is not a valid enum value`);
}

export function readBetas(body: Fields, problems: Problems): readonly string[] {
  if (body.anthropic_beta === undefined) return [];
  const betas = problems.list(['anthropic_beta'], body.anthropic_beta) ?? [];
  return betas.flatMap((value, place) => {
    const beta = problems.text(['anthropic_beta', place], value);
    if (beta === undefined) return [];
    // Which betas a model knows changes by the month: anything of their form passes.
    if (!/^[a-z0-9-]+-\d{4}-?\d{2}-?\d{2}$/.test(beta)) throw validationError('invalid beta flag');
    return [beta];
  });
}

export function readSampling(
  body: Fields,
  model: ModelFacts,
  dialect: ClaudeDialect,
  thinking: boolean,
  problems: Problems,
): void {
  const sent = ['temperature', 'top_p', 'top_k'].filter((key) => body[key] !== undefined);
  // Refused from Opus 4.7 on; no source has Bedrock's words.
  if (model.samplingParams === false) for (const key of sent) problems.extra([], key);
  if (sent.includes('temperature')) {
    const temperature = problems.number(['temperature'], body.temperature, 0, 1);
    if (thinking && temperature !== undefined && temperature !== 1)
      problems.wrong(['temperature'], 'must be 1 when thinking is enabled');
  }
  if (sent.includes('top_p')) problems.number(['top_p'], body.top_p, 0, 1);
  if (sent.includes('top_k')) {
    problems.integer(['top_k'], body.top_k, 0, 500);
    if (thinking) problems.wrong(['top_k'], 'must not be set when thinking is enabled');
  }
  problems.throwIfAny();
  if (dialect.oneSamplingParam && sent.includes('temperature') && sent.includes('top_p'))
    throw validationError(
      '`temperature` and `top_p` cannot both be specified for this model. Please use only one.',
    );
}

export function readThinking(
  body: Fields,
  model: ModelFacts,
  maxTokens: number,
  problems: Problems,
): Turn['thinking'] {
  const off = { on: false, shown: false };
  const facts = model.thinking;
  if (body.thinking === undefined) return facts?.canDisable === false ? { on: true, shown: false } : off;
  if (facts?.supported !== true) {
    problems.extra([], 'thinking');
    return off;
  }
  const thinking = problems.fields(['thinking'], body.thinking);
  if (thinking === undefined) return off;
  const modes = [...(facts.modes ?? ['enabled']), ...(facts.canDisable === false ? [] : ['disabled'])];
  const type = problems.oneOf(['thinking', 'type'], thinking.type, modes);
  if (type === 'disabled' || type === undefined) return off;
  if (type === 'enabled') {
    problems.keys(['thinking'], thinking, ['type', 'budget_tokens'], ['display']);
    if (thinking.budget_tokens !== undefined)
      problems.integer(
        ['thinking', 'budget_tokens'],
        thinking.budget_tokens,
        facts.budgetTokensMin ?? 1024,
        maxTokens - 1,
      );
  } else problems.keys(['thinking'], thinking, ['type'], ['display']);
  // Models that only think adaptively leave their thinking's text out unless asked.
  const display =
    thinking.display === undefined
      ? undefined
      : problems.oneOf(['thinking', 'display'], thinking.display, thinkingDisplays(body));
  const adaptiveOnly = facts.modes?.includes('enabled') === false;
  const asked = display === 'summarized' || display === 'updates';
  return { on: true, shown: adaptiveOnly ? asked : display !== 'omitted' };
}

/** `updates` came with a beta of its own. */
function thinkingDisplays({ anthropic_beta: betas }: Fields): readonly string[] {
  const updates =
    Array.isArray(betas) && betas.some((beta) => /^thinking-display-updates-/.test(String(beta)));
  return ['summarized', 'omitted', ...(updates ? ['updates'] : [])];
}

export function readClaudeOutput(value: unknown, problems: Problems): JsonObject | undefined {
  if (value === undefined) return undefined;
  const config = problems.fields(['output_config'], value);
  if (config === undefined) return undefined;
  problems.keys(['output_config'], config, [], ['effort', 'format']);
  if (config.effort !== undefined)
    problems.oneOf(['output_config', 'effort'], config.effort, ['low', 'medium', 'high', 'xhigh', 'max']);
  if (config.format === undefined) return undefined;
  const format = problems.fields(['output_config', 'format'], config.format);
  if (format === undefined) return undefined;
  problems.oneOf(['output_config', 'format', 'type'], format.type, ['json_schema']);
  const schema = problems.fields(['output_config', 'format', 'schema'], format.schema);
  return schema as JsonObject | undefined;
}
