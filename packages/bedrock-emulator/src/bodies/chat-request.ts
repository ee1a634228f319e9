import type { ModelFacts } from '@streambed/model-facts';
import { validationError } from '../errors.ts';
import type { JsonObject, Tool, Turn, TurnMessage } from '../turn.ts';
import { claudeInputTokens } from './claude-tokens.ts';
import { converseDialectOf } from './converse-dialect.ts';
import { type Fields, isFields, type Path, Problems, readObject } from './problems.ts';

const optionalKeys = [
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'stop',
  'seed',
  'n',
  'user',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'reasoning_config',
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'service_tier',
  'metadata',
  'chat_template_kwargs',
] as const;

const defaultMaxTokens = 4096;

/**
 * Reads an OpenAI chat body. `model` and `stream` may stand in it (recorded); the URL decides. No source has Bedrock's
 * words for a wrong one: these are those of its schema checker.
 */
export function parseChat(value: unknown, model: ModelFacts, modelId: string): Turn {
  const problems = new Problems('schema');
  const body = readObject(value);
  problems.keys([], body, ['messages'], optionalKeys);
  const all = readMessages(body.messages, problems);
  const tools = readTools(body.tools, problems);
  if (body.temperature !== undefined) problems.number(['temperature'], body.temperature, 0, 2);
  if (body.top_p !== undefined) problems.number(['top_p'], body.top_p, 0, 1);
  const limit = body.max_completion_tokens ?? body.max_tokens;
  const maxTokens =
    limit === undefined
      ? (model.maxOutput ?? defaultMaxTokens)
      : problems.integer(['max_tokens'], limit, 1, model.maxOutput);
  problems.throwIfAny();
  if (tools.length > 0 && model.tools === false)
    throw validationError("This model doesn't support tool use.");

  const system = all.flatMap(({ role, text }) => (role === 'system' ? [text] : [])).join('\n');
  const messages = all.filter(({ role }) => role !== 'system');
  const inputTokens = claudeInputTokens(system, messages, tools);
  if (model.contextWindow !== undefined && inputTokens > model.contextWindow)
    throw validationError('Input is too long for requested model.');
  const dialect = converseDialectOf(model);
  const asked = typeof body.reasoning_effort === 'string' && body.reasoning_effort !== 'none';
  const thinks = dialect.alwaysReasons || (dialect.reasoning === 'plain' && asked);
  const schema = schemaOf(body.response_format);
  return {
    model,
    modelId,
    system,
    messages,
    tools,
    toolChoice: readChoice(body.tool_choice, tools),
    thinking: { on: thinks, shown: thinks },
    ...(schema === undefined ? {} : { outputSchema: schema }),
    toolIds: 'chatcmpl-tool',
    maxTokens: maxTokens ?? 1,
    stopSequences: (Array.isArray(body.stop) ? body.stop : [body.stop]).filter(
      (stop): stop is string => typeof stop === 'string' && stop !== '',
    ),
    inputTokens,
  };
}

function readMessages(value: unknown, problems: Problems): readonly TurnMessage[] {
  if (value === undefined) return [];
  const list = problems.list(['messages'], value) ?? [];
  if (Array.isArray(value) && list.length === 0)
    problems.wrong(['messages'], 'expected minimum item count: 1, found: 0');
  return list.flatMap((item, nth) => {
    const path = ['messages', nth];
    const message = problems.fields(path, item);
    if (message === undefined) return [];
    const role = problems.oneOf([...path, 'role'], message.role, [
      'system',
      'developer',
      'user',
      'assistant',
      'tool',
    ]);
    return role === undefined ? [] : [readMessage(path, role, message, problems)];
  });
}

function readMessage(path: Path, role: string, message: Fields, problems: Problems): TurnMessage {
  const { text, attachments } = readContent([...path, 'content'], message.content, problems);
  if (role === 'tool') {
    const result = { id: String(message.tool_call_id), text, isError: false };
    return { role: 'user', text: '', toolUses: [], toolResults: [result], attachments };
  }
  const toolUses = (Array.isArray(message.tool_calls) ? message.tool_calls : []).flatMap((call) => {
    if (!isFields(call) || !isFields(call.function)) return [];
    const { name, arguments: input } = call.function;
    return [{ id: String(call.id), name: String(name), input: parseInput(input) }];
  });
  const turn = role === 'developer' ? 'system' : (role as 'system' | 'user' | 'assistant');
  return { role: turn, text, toolUses, toolResults: [], attachments };
}

function parseInput(text: unknown): JsonObject {
  try {
    const value: unknown = JSON.parse(String(text));
    return isFields(value) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

function readContent(
  path: Path,
  value: unknown,
  problems: Problems,
): { readonly text: string; readonly attachments: readonly string[] } {
  if (value === undefined || value === null) return { text: '', attachments: [] };
  if (typeof value === 'string') return { text: value, attachments: [] };
  const texts: string[] = [];
  const attachments: string[] = [];
  for (const [nth, item] of (problems.list(path, value) ?? []).entries()) {
    const part = problems.fields([...path, nth], item);
    const type = problems.oneOf([...path, nth, 'type'], part?.type, ['text', 'image_url', 'input_audio']);
    if (type === 'text' && typeof part?.text === 'string') texts.push(part.text);
    else if (type !== undefined) attachments.push(type === 'image_url' ? 'image' : 'audio');
  }
  return { text: texts.join('\n'), attachments };
}

function readTools(value: unknown, problems: Problems): readonly Tool[] {
  if (value === undefined) return [];
  return (problems.list(['tools'], value) ?? []).flatMap((item, nth) => {
    const tool = problems.fields(['tools', nth], item);
    problems.oneOf(['tools', nth, 'type'], tool?.type, ['function']);
    const given = problems.fields(['tools', nth, 'function'], tool?.function);
    if (given === undefined) return [];
    const description = typeof given.description === 'string' ? given.description : '';
    const schema = (isFields(given.parameters) ? given.parameters : {}) as JsonObject;
    return [{ name: String(given.name), description, inputSchema: schema }];
  });
}

function readChoice(value: unknown, tools: readonly Tool[]): Turn['toolChoice'] {
  if (tools.length === 0 || value === 'none') return { type: 'none' };
  if (value === 'required') return { type: 'any' };
  if (isFields(value) && isFields(value.function)) return { type: 'tool', name: String(value.function.name) };
  return { type: 'auto' };
}

function schemaOf(format: unknown): JsonObject | undefined {
  if (!isFields(format)) return undefined;
  if (format.type === 'json_object') return { type: 'object' };
  const definition = isFields(format.json_schema) ? format.json_schema.schema : undefined;
  return isFields(definition) ? (definition as JsonObject) : undefined;
}
