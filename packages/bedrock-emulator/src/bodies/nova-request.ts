import type { ModelFacts } from '@streambed/model-facts';
import { validationError } from '../errors.ts';
import type { JsonObject, PrefixBlock, Tool, Turn, TurnMessage } from '../turn.ts';
import { claudeInputTokens } from './claude-tokens.ts';
import { type Fields, isFields, type Path, Problems, readObject } from './problems.ts';

const defaultMaxTokens = 4096;

/** A block has one of these keys, and may be the end of what is cached. */
const blockKeys = ['text', 'image', 'video', 'document', 'toolUse', 'toolResult', 'reasoningContent'];

/** Reads Nova's own body: Converse's shapes in a JSON checked by a schema, whose words are recorded. */
export function parseNova(value: unknown, model: ModelFacts, modelId: string): Turn {
  const problems = new Problems('schema');
  const body = readObject(value);
  const reasons = model.thinking?.supported === true ? ['reasoningConfig'] : [];
  problems.keys(
    [],
    body,
    ['messages'],
    ['schemaVersion', 'system', 'inferenceConfig', 'toolConfig', ...reasons],
  );
  if (body.schemaVersion !== undefined)
    problems.oneOf(['schemaVersion'], body.schemaVersion, ['messages-v1']);
  const reader = new NovaReader(problems, model);
  const system = reader.system(body.system);
  const tools = reader.tools(body.toolConfig);
  const messages = reader.messages(body.messages);
  const inference = readInference(body.inferenceConfig, model, problems);
  const reasoning = isFields(body.reasoningConfig) && body.reasoningConfig.type === 'enabled';
  problems.throwIfAny();
  checkRoles(messages);

  const inputTokens = claudeInputTokens(system, messages, tools.list);
  if (model.contextWindow !== undefined && inputTokens > model.contextWindow)
    // Recorded through Converse.
    throw validationError(
      'Input Tokens Exceeded: Number of input tokens exceeds maximum length. Please update the input to try again.',
    );
  return {
    model,
    modelId,
    system,
    messages,
    tools: tools.list,
    toolChoice: tools.choice,
    thinking: { on: reasoning, shown: reasoning },
    toolIds: 'uuid',
    // Nova tells its cache's counts on every answer (recorded).
    cached: true,
    ...(reader.prefix.some(({ ttl }) => ttl !== undefined) ? { prefix: reader.prefix } : {}),
    inputTokens,
    ...inference,
  };
}

class NovaReader {
  readonly prefix: { text: string; ttl?: PrefixBlock['ttl'] }[] = [];
  readonly #problems: Problems;
  readonly #model: ModelFacts;

  constructor(problems: Problems, model: ModelFacts) {
    this.#problems = problems;
    this.#model = model;
  }

  system(value: unknown): string {
    if (value === undefined) return '';
    const blocks = this.#problems.list(['system'], value) ?? [];
    const texts = blocks.map((item, nth) => {
      const path = ['system', nth];
      const block = this.#problems.fields(path, item);
      if (block === undefined) return '';
      this.#problems.keys(path, block, [], ['text', 'cachePoint']);
      this.#cached('', block);
      return typeof block.text === 'string' ? block.text : '';
    });
    return texts.filter((text) => text !== '').join('\n');
  }

  tools(value: unknown): { readonly list: readonly Tool[]; readonly choice: Turn['toolChoice'] } {
    if (value === undefined) return { list: [], choice: { type: 'auto' } };
    const problems = this.#problems;
    const config = problems.fields(['toolConfig'], value) ?? {};
    problems.keys(['toolConfig'], config, ['tools'], ['toolChoice']);
    const list = (problems.list(['toolConfig', 'tools'], config.tools ?? []) ?? []).flatMap((item, nth) => {
      const path = ['toolConfig', 'tools', nth];
      const spec = problems.fields([...path, 'toolSpec'], problems.fields(path, item)?.toolSpec);
      if (spec === undefined) return [];
      problems.keys([...path, 'toolSpec'], spec, ['name', 'inputSchema'], ['description']);
      const schema = isFields(spec.inputSchema) ? spec.inputSchema.json : undefined;
      const name = problems.text([...path, 'toolSpec', 'name'], spec.name) ?? '';
      const description = typeof spec.description === 'string' ? spec.description : '';
      return [{ name, description, inputSchema: (isFields(schema) ? schema : {}) as JsonObject }];
    });
    const choice = isFields(config.toolChoice) ? config.toolChoice : {};
    if (isFields(choice.tool)) return { list, choice: { type: 'tool', name: String(choice.tool.name) } };
    return { list, choice: { type: choice.any === undefined ? 'auto' : 'any' } };
  }

  messages(value: unknown): readonly TurnMessage[] {
    if (value === undefined) return [];
    const list = this.#problems.list(['messages'], value) ?? [];
    if (Array.isArray(value) && list.length === 0)
      this.#problems.wrong(['messages'], 'expected minimum item count: 1, found: 0');
    return list.flatMap((item, nth) => {
      const path = ['messages', nth];
      const message = this.#problems.fields(path, item);
      if (message === undefined) return [];
      this.#problems.keys(path, message, ['role', 'content'], []);
      const role = this.#problems.oneOf([...path, 'role'], message.role, ['user', 'assistant']);
      const content = this.#problems.list([...path, 'content'], message.content ?? []) ?? [];
      return role === undefined ? [] : [this.#message([...path, 'content'], role, content)];
    });
  }

  #message(path: Path, role: 'user' | 'assistant', content: readonly unknown[]): TurnMessage {
    const texts: string[] = [];
    const toolUses: TurnMessage['toolUses'][number][] = [];
    const toolResults: TurnMessage['toolResults'][number][] = [];
    const attachments: string[] = [];
    for (const [nth, item] of content.entries()) {
      const block = this.#problems.fields([...path, nth], item);
      if (block === undefined) continue;
      const unknown = Object.keys(block).filter((key) => key !== 'cachePoint' && !blockKeys.includes(key));
      for (const key of unknown) this.#problems.extra([...path, nth], key);
      this.#cached(`${role}: `, block);
      if (typeof block.text === 'string') texts.push(block.text);
      for (const kind of ['image', 'video', 'document'] as const)
        if (isFields(block[kind])) attachments.push(this.#media([...path, nth, kind], kind, block[kind]));
      if (isFields(block.toolUse)) {
        const { toolUseId, name, input } = block.toolUse;
        const given = (isFields(input) ? input : {}) as JsonObject;
        toolUses.push({ id: String(toolUseId), name: String(name), input: given });
      }
      if (isFields(block.toolResult)) {
        const { toolUseId, content: parts, status } = block.toolResult;
        const said = (Array.isArray(parts) ? parts : []).map((part) =>
          isFields(part) && typeof part.text === 'string' ? part.text : JSON.stringify(part?.json ?? ''),
        );
        toolResults.push({ id: String(toolUseId), text: said.join('\n'), isError: status === 'error' });
      }
    }
    return { role, text: texts.join('\n'), toolUses, toolResults, attachments };
  }

  #media(path: Path, kind: 'image' | 'video' | 'document', media: Fields): string {
    const input = kind === 'document' ? 'pdf' : kind;
    if (!this.#model.modalities.input.includes(input)) this.#problems.extra(path.slice(0, -1), kind);
    return `${kind}/${String(media.format)}`;
  }

  #cached(before: string, { cachePoint, ...rest }: Fields): void {
    if (Object.keys(rest).length > 0) this.prefix.push({ text: `${before}${JSON.stringify(rest)}` });
    const last = this.prefix.at(-1);
    if (cachePoint !== undefined && last !== undefined) last.ttl = '5m';
  }
}

function readInference(
  value: unknown,
  model: ModelFacts,
  problems: Problems,
): { readonly maxTokens: number; readonly stopSequences: readonly string[] } {
  const usual = model.maxOutput ?? defaultMaxTokens;
  if (value === undefined) return { maxTokens: usual, stopSequences: [] };
  const path = ['inferenceConfig'];
  const config = problems.fields(path, value) ?? {};
  // `max_new_tokens` is the older name (recorded).
  problems.keys(
    path,
    config,
    [],
    ['maxTokens', 'max_new_tokens', 'temperature', 'topP', 'topK', 'stopSequences'],
  );
  if (config.temperature !== undefined) problems.number([...path, 'temperature'], config.temperature, 0, 1);
  if (config.topP !== undefined) problems.number([...path, 'topP'], config.topP, 0, 1);
  if (config.topK !== undefined) problems.integer([...path, 'topK'], config.topK, 0, 128);
  const limit = config.maxTokens ?? config.max_new_tokens;
  const maxTokens = limit === undefined ? usual : problems.integer([...path, 'maxTokens'], limit, 1, usual);
  const stops =
    config.stopSequences === undefined ? [] : problems.list([...path, 'stopSequences'], config.stopSequences);
  return {
    maxTokens: maxTokens ?? 1,
    stopSequences: (stops ?? []).filter((stop): stop is string => typeof stop === 'string'),
  };
}

/** The words are Converse's. */
function checkRoles(messages: readonly TurnMessage[]): void {
  if (messages[0] !== undefined && messages[0].role !== 'user')
    throw validationError(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  if (messages.some(({ role }, nth) => nth > 0 && messages[nth - 1]?.role === role))
    throw validationError(
      'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
    );
}
