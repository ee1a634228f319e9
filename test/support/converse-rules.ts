/**
 * What Converse refuses, as rules over a body's JSON: written from AWS's documentation and its error texts, with none
 * of the client's code and none of the emulator's. A body that breaks no rule here may still be refused by a model;
 * one that breaks a rule is a 400.
 */

type Json = Readonly<Record<string, unknown>>;

/** The rules that a Converse body for `model` (a base id) breaks, each with where; none for a good one. */
export function brokenRules(body: unknown, model: string): readonly string[] {
  const broken: string[] = [];
  const rule = (holds: unknown, what: string) => {
    if (!holds) broken.push(what);
  };
  const request = object(body);
  const known = [
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
  ];
  for (const key of Object.keys(request)) rule(known.includes(key), `${key} is no field of Converse`);
  checkMessages(request, model, rule);
  checkSystem(request, rule);
  checkTools(request, model, rule);
  checkCachePoints(request, rule);
  checkInference(request, model, rule);
  return broken;
}

type Rule = (holds: unknown, what: string) => void;

const blockKinds = [
  'text',
  'image',
  'document',
  'video',
  'audio',
  'toolUse',
  'toolResult',
  'reasoningContent',
  'cachePoint',
  'guardContent',
  'citationsContent',
  'searchResult',
];
const userOnly = ['image', 'document', 'video', 'audio', 'searchResult'];
const assistantOnly = ['reasoningContent', 'toolUse', 'citationsContent'];
const name = /^[a-zA-Z0-9_-]{1,64}$/;
const id = /^[a-zA-Z0-9_.:-]{1,64}$/;
const documentName = /^[a-zA-Z0-9()[\]-]+( [a-zA-Z0-9()[\]-]+)*$/;
const formats: Readonly<Record<string, readonly string[]>> = {
  image: ['png', 'jpeg', 'gif', 'webp'],
  document: ['pdf', 'csv', 'doc', 'docx', 'xls', 'xlsx', 'html', 'txt', 'md'],
  video: ['mkv', 'mov', 'mp4', 'webm', 'flv', 'mpeg', 'mpg', 'wmv', 'three_gp'],
};

function checkMessages(request: Json, model: string, rule: Rule): void {
  const messages = list(request.messages).map(object);
  const names = new Set<string>();
  rule(messages.length > 0, 'messages is empty');
  rule(messages[0]?.role === 'user', 'a conversation must start with a user message');
  let asked: string[] = [];
  for (const [index, message] of messages.entries()) {
    const at = `messages.${index}`;
    const content = list(message.content).map(object);
    const kinds = content.map((block) => Object.keys(block)[0] ?? '');
    rule(message.role === 'user' || message.role === 'assistant', `${at}: unknown role`);
    rule(index === 0 || message.role !== messages[index - 1]?.role, `${at}: roles must alternate`);
    rule(content.length > 0, `${at}: the content field is empty`);
    for (const [place, block] of content.entries()) {
      checkBlock(block, `${at}.content.${place}`, message.role, names, rule);
    }
    rule(kinds.filter((kind) => kind === 'image').length <= 20, `${at}: more than 20 images`);
    rule(kinds.filter((kind) => kind === 'document').length <= 5, `${at}: more than 5 documents`);
    rule(!kinds.includes('document') || kinds.includes('text'), `${at}: a document without text`);
    checkApart(kinds, at, model, rule);
    const calls = content.flatMap((block) => (block.toolUse ? [object(block.toolUse)] : []));
    const results = content.flatMap((block) => (block.toolResult ? [object(block.toolResult)] : []));
    if (message.role === 'user') {
      const answered = results.map((result) => String(result.toolUseId));
      rule(
        JSON.stringify([...answered].sort()) === JSON.stringify([...asked].sort()),
        `${at}: expected toolResult blocks for ${asked}, got ${answered}`,
      );
      for (const result of results) {
        rule(!('status' in result) || !model.startsWith('writer.'), `${at}: status is not taken`);
      }
      asked = [];
    } else {
      asked = calls.filter(({ type }) => type !== 'server_tool_use').map((call) => String(call.toolUseId));
    }
    if (calls.length + results.length > 0) {
      rule(request.toolConfig, `${at}: the toolConfig field must be defined`);
    }
  }
  rule(asked.length === 0, 'tool calls without results');
}

/** Llama and Mistral: no conversation blocks and tool blocks in one turn. */
function checkApart(kinds: readonly string[], at: string, model: string, rule: Rule): void {
  const neutral = ['toolUse', 'toolResult', 'cachePoint', 'reasoningContent'];
  const others = kinds.some((kind) => !neutral.includes(kind));
  if (/^(meta|mistral)\./.test(model)) {
    rule(!others || !kinds.some((kind) => kind.startsWith('tool')), `${at}: tool blocks beside others`);
  }
  if (model.startsWith('writer.')) {
    rule(!others || !kinds.includes('toolResult'), `${at}: tool results beside others`);
  }
  if (model.startsWith('anthropic.')) {
    rule(!kinds.includes('document') || !kinds.includes('toolResult'), `${at}: a document beside a result`);
  }
}

function checkBlock(block: Json, at: string, role: unknown, names: Set<string>, rule: Rule): void {
  const keys = Object.keys(block);
  const kind = keys[0] ?? '';
  rule(keys.length === 1, `${at}: exactly one key`);
  rule(blockKinds.includes(kind), `${at}: no such block ${kind}`);
  if (userOnly.includes(kind)) rule(role === 'user', `${at}: ${kind} in an assistant turn`);
  if (assistantOnly.includes(kind)) rule(role === 'assistant', `${at}: ${kind} in a user turn`);
  checkMedia(kind, block, at, names, rule);
  if (kind === 'text') rule(notBlank(block.text), `${at}: the text field is blank`);
  if (kind === 'toolUse') {
    const { toolUseId, name: tool, input } = object(block.toolUse);
    rule(id.test(String(toolUseId)), `${at}: toolUseId`);
    rule(name.test(String(tool)), `${at}: name`);
    rule(isObject(input), `${at}: input is no object`);
  }
  if (kind === 'toolResult') {
    const { toolUseId, content, status, type } = object(block.toolResult);
    rule(role === 'user' || type !== undefined, `${at}: toolResult in an assistant turn`);
    rule(id.test(String(toolUseId)), `${at}: toolUseId`);
    rule([undefined, 'success', 'error'].includes(status as string), `${at}: status`);
    rule(status !== 'error' || list(content).length > 0, `${at}: toolResult cannot be empty on error`);
    for (const piece of list(content).map(object)) {
      const key = Object.keys(piece)[0] ?? '';
      rule(Object.keys(piece).length === 1, `${at}: exactly one key`);
      if (key === 'text') rule(notBlank(piece.text), `${at}: blank text`);
      if (key === 'json') rule(isObject(piece.json), `${at}: json is no object`);
      checkMedia(key, piece, at, names, rule);
    }
  }
  if (kind === 'reasoningContent') {
    const { reasoningText, redactedContent } = object(block.reasoningContent);
    rule((reasoningText === undefined) !== (redactedContent === undefined), `${at}: one of the two`);
  }
  if (kind === 'guardContent') checkGuardContent(object(block.guardContent), at, rule);
  if (kind === 'citationsContent') {
    for (const citation of list(object(block.citationsContent).citations).map(object)) {
      rule(list(citation.sourceContent).length > 0, `${at}: a citation without its text`);
    }
  }
}

function checkMedia(kind: string, block: Json, at: string, names: Set<string>, rule: Rule): void {
  const allowed = formats[kind];
  if (allowed === undefined) return;
  const { format, source, name: given } = object(block[kind]);
  const keys = Object.keys(object(source));
  rule(allowed.includes(String(format)), `${at}: format ${String(format)}`);
  rule(keys.length === 1, `${at}: one source`);
  if (object(source).bytes !== undefined) {
    rule(/^[A-Za-z0-9+/]+=*$/.test(String(object(source).bytes)), `${at}: bytes in base64`);
  }
  if (kind !== 'document') return;
  rule(documentName.test(String(given)), `${at}: document name ${JSON.stringify(given)}`);
  rule(String(given).length <= 200, `${at}: document name too long`);
  rule(!names.has(String(given)), `${at}: duplicate document name`);
  names.add(String(given));
}

function checkGuardContent(content: Json, at: string, rule: Rule): void {
  rule(Object.keys(content).length === 1, `${at}: text or image`);
  if (content.text !== undefined) rule(notBlank(object(content.text).text), `${at}: blank`);
}

function checkSystem(request: Json, rule: Rule): void {
  for (const [index, value] of list(request.system).entries()) {
    const block = object(value);
    const kind = Object.keys(block)[0] ?? '';
    rule(Object.keys(block).length === 1, `system.${index}: exactly one key`);
    rule(['text', 'guardContent', 'cachePoint'].includes(kind), `system.${index}: ${kind}`);
    if (kind === 'text') rule(notBlank(block.text), `system.${index}: blank`);
    if (kind === 'guardContent') checkGuardContent(object(block.guardContent), `system.${index}`, rule);
  }
}

function checkTools(request: Json, model: string, rule: Rule): void {
  if (request.toolConfig === undefined) return;
  const { tools, toolChoice } = object(request.toolConfig);
  const names: string[] = [];
  rule(list(tools).length > 0, 'toolConfig.tools is empty');
  for (const [index, value] of list(tools).entries()) {
    const tool = object(value);
    rule(Object.keys(tool).length === 1, `tools.${index}: exactly one key`);
    if (tool.toolSpec === undefined) continue;
    const { name: given, description, inputSchema } = object(tool.toolSpec);
    names.push(String(given));
    rule(name.test(String(given)), `tools.${index}: name ${String(given)}`);
    rule(description === undefined || notBlank(description), `tools.${index}: blank description`);
    rule(object(object(inputSchema).json).type === 'object', `tools.${index}: schema of an object`);
  }
  rule(new Set(names).size === names.length, 'a tool is defined twice');
  if (toolChoice === undefined) return;
  const [kind = ''] = Object.keys(object(toolChoice));
  rule(['auto', 'any', 'tool'].includes(kind), `toolChoice: ${kind}`);
  rule(kind === 'auto' || !model.startsWith('meta.'), 'toolChoice: not taken by Llama');
  if (kind === 'tool') rule(names.includes(String(object(object(toolChoice).tool).name)), 'toolChoice.tool');
  const thinking = object(object(request.additionalModelRequestFields).thinking);
  const thinks = thinking.type === 'enabled' || thinking.type === 'adaptive';
  rule(kind === 'auto' || !thinks, 'toolChoice: forced while thinking');
}

function checkCachePoints(request: Json, rule: Rule): void {
  const lists = [
    list(object(request.toolConfig).tools),
    list(request.system),
    ...list(request.messages).map((message) => list(object(message).content)),
  ];
  const lifetimes: string[] = [];
  for (const blocks of lists) {
    for (const [index, value] of blocks.entries()) {
      const point = object(value).cachePoint;
      if (point === undefined) continue;
      rule(index > 0, 'a cache point with nothing before it');
      rule(object(blocks[index - 1]).cachePoint === undefined, 'two cache points in a row');
      lifetimes.push(String(object(point).ttl ?? '5m'));
    }
  }
  rule(lifetimes.length <= 4, 'more than 4 cache points');
  rule(!/5m.*1h/.test(lifetimes.join()), 'a longer lifetime after a shorter one');
}

function checkInference(request: Json, model: string, rule: Rule): void {
  const { maxTokens, stopSequences, ...rest } = object(request.inferenceConfig);
  const fields = object(request.additionalModelRequestFields);
  for (const key of Object.keys(rest)) {
    rule(['temperature', 'topP'].includes(key), `inferenceConfig.${key}`);
  }
  rule(stopSequences === undefined || !model.startsWith('qwen.'), 'stopSequences: not taken by Qwen');
  rule(Object.keys(object(request.requestMetadata)).length <= 16, 'requestMetadata: more than 16');
  rule(list(request.additionalModelResponseFieldPaths).length <= 10, 'more than 10 paths');
  const thinking = object(fields.thinking);
  if (thinking.type === 'enabled') {
    const budget = Number(thinking.budget_tokens);
    rule(budget >= 1024 && budget < Number(maxTokens ?? Infinity), 'thinking.budget_tokens');
  }
  if (object(fields.reasoningConfig).maxReasoningEffort === 'high') {
    rule(maxTokens === undefined && Object.keys(rest).length === 0, 'Nova at its hardest is not bounded');
  }
  const schema = object(object(object(request.outputConfig).textFormat).structure).jsonSchema;
  if (schema !== undefined) rule(isJsonObject(object(schema).schema), 'schema: JSON as a string');
}

function isJsonObject(text: unknown): boolean {
  try {
    return typeof text === 'string' && isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

function notBlank(text: unknown): boolean {
  return typeof text === 'string' && text.trim() !== '';
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: unknown): Json {
  return isObject(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
