import type { ModelFacts } from '@streambed/model-facts';
import { isOwnRedaction, isOwnSignature } from '../engine/signature.ts';
import { validationError } from '../errors.ts';
import type { JsonObject, TurnDocument, TurnMessage } from '../turn.ts';
import type { ClaudeDialect } from './claude-dialect.ts';
import { type Fields, isFields, type Path, type Problems } from './problems.ts';

/** A message, with what the conversation's rules look at beside what the engine reads. */
interface ClaudeMessage extends TurnMessage {
  /** How many `tool_result` blocks stand before any other block. */
  readonly leadingResults: number;
  /** Where each `tool_result` stands in the content. */
  readonly resultPlaces: readonly number[];
  readonly empty: boolean;
  readonly documents: readonly TurnDocument[];
  /** The last block is text that ends in white space. */
  readonly trailingSpace: boolean;
}

/** Which keys each block must and may have. */
const blockKeys: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  text: [
    ['type', 'text'],
    ['cache_control', 'citations'],
  ],
  image: [['type', 'source'], ['cache_control']],
  document: [
    ['type', 'source'],
    ['title', 'context', 'citations', 'cache_control'],
  ],
  search_result: [
    ['type', 'source', 'title', 'content'],
    ['citations', 'cache_control'],
  ],
  tool_use: [
    ['type', 'id', 'name', 'input'],
    ['cache_control', 'caller'],
  ],
  tool_result: [
    ['type', 'tool_use_id'],
    ['content', 'is_error', 'cache_control'],
  ],
  thinking: [['type', 'thinking', 'signature'], []],
  redacted_thinking: [['type', 'data'], []],
};

const imageTypes = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];

export function readSystem(value: unknown, problems: Problems): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  const blocks = problems.list(['system'], value) ?? [];
  return blocks.map((block, place) => readText(['system', place], block, problems)).join('\n');
}

export function readMessages(
  value: unknown,
  dialect: ClaudeDialect,
  problems: Problems,
): readonly ClaudeMessage[] {
  const list = problems.list(['messages'], value) ?? [];
  if (Array.isArray(value) && list.length === 0)
    problems.wrong(['messages'], 'expected minimum item count: 1, found: 0');
  const roles = dialect.systemMessages
    ? (['user', 'assistant', 'system'] as const)
    : (['user', 'assistant'] as const);
  return list.flatMap((item, place) => {
    const path = ['messages', place];
    const message = problems.fields(path, item);
    if (message === undefined) return [];
    problems.keys(path, message, ['role', 'content'], []);
    if (message.role === undefined || message.content === undefined) return [];
    const role = problems.oneOf([...path, 'role'], message.role, roles);
    return role === undefined ? [] : [readMessage([...path, 'content'], role, message.content, problems)];
  });
}

function readMessage(
  path: Path,
  role: TurnMessage['role'],
  content: unknown,
  problems: Problems,
): ClaudeMessage {
  const blocks =
    typeof content === 'string' ? [{ type: 'text', text: content }] : problems.list(path, content);
  const texts: string[] = [];
  const toolUses: TurnMessage['toolUses'][number][] = [];
  const toolResults: TurnMessage['toolResults'][number][] = [];
  const attachments: string[] = [];
  const resultPlaces: number[] = [];
  const documents: TurnDocument[] = [];
  let leadingResults = 0;

  for (const [place, item] of (blocks ?? []).entries()) {
    const at = [...path, place];
    const block = problems.fields(at, item);
    if (block === undefined) continue;
    const type = problems.oneOf([...at, 'type'], block.type, Object.keys(blockKeys));
    const [required, optional] = blockKeys[type ?? ''] ?? [[], []];
    if (type === undefined) continue;
    problems.keys(at, block, required, optional);
    if (type === 'tool_result' && toolResults.length === place) leadingResults += 1;
    if (type === 'text') texts.push(readBlockText(at, block, problems));
    else if (type === 'tool_use') {
      const input = problems.fields([...at, 'input'], block.input ?? {});
      toolUses.push({ id: String(block.id), name: String(block.name), input: (input ?? {}) as JsonObject });
    } else if (type === 'tool_result') {
      resultPlaces.push(place);
      toolResults.push({
        id: String(block.tool_use_id),
        text: readResult([...at, 'content'], block.content, attachments, problems),
        isError: block.is_error === true,
      });
    } else if (type === 'image' || type === 'document')
      attachments.push(readSource([...at, 'source'], block.source, type, problems));
    else if (type === 'thinking' || type === 'redacted_thinking') checkSeal(at, block);
    if (type === 'document') documents.push(documentOf(block));
  }

  const last = blocks?.at(-1);
  return {
    role,
    text: texts.join('\n'),
    toolUses,
    toolResults,
    attachments,
    leadingResults,
    resultPlaces,
    documents,
    empty: (blocks ?? []).length === 0 || content === '',
    trailingSpace: isFields(last) && typeof last.text === 'string' && /\s$/.test(last.text),
  };
}

function documentOf({ title, source, citations }: Fields): TurnDocument {
  const from = isFields(source) ? source : {};
  const pieces = Array.isArray(from.content) ? from.content : [from.content];
  const texts = pieces.map((piece) => (isFields(piece) ? String(piece.text ?? '') : String(piece ?? '')));
  const text =
    from.type === 'text' ? String(from.data) : from.type === 'content' ? texts.join('\n') : undefined;
  return {
    title: typeof title === 'string' ? title : '',
    ...(text === undefined ? {} : { text }),
    cited: isFields(citations) && citations.enabled === true,
    unit: from.type === 'text' ? 'char' : from.type === 'content' ? 'chunk' : 'page',
  };
}

/** Anthropic's own words: what an emulator didn't make, or made for another text, is refused. */
function checkSeal(path: Path, block: Fields): void {
  if (block.type === 'redacted_thinking' && typeof block.data === 'string' && !isOwnRedaction(block.data))
    throw validationError(`${path.join('.')}: Invalid \`data\` in \`redacted_thinking\` block`);
  if (block.type !== 'thinking' || typeof block.signature !== 'string') return;
  if (!isOwnSignature(block.signature, String(block.thinking)))
    throw validationError(`${path.join('.')}: Invalid \`signature\` in \`thinking\` block`);
}

function readText(path: Path, value: unknown, problems: Problems): string {
  const block = problems.fields(path, value);
  if (block === undefined) return '';
  problems.oneOf([...path, 'type'], block.type, ['text']);
  problems.keys(path, block, ['type', 'text'], ['cache_control', 'citations']);
  return block.text === undefined ? '' : (problems.text([...path, 'text'], block.text) ?? '');
}

/** Both texts are in public reports of Bedrock; the second since mid-2026. */
function readBlockText(path: Path, block: Fields, problems: Problems): string {
  const text = block.text === undefined ? ' ' : (problems.text([...path, 'text'], block.text) ?? ' ');
  problems.throwIfAny();
  if (text === '') throw validationError('messages: text content blocks must be non-empty');
  if (text.trim() === '')
    throw validationError('messages: text content blocks must contain non-whitespace text');
  return text;
}

/** Images and documents come as base64 only: URL sources aren't there on Bedrock. */
function readSource(path: Path, value: unknown, kind: 'image' | 'document', problems: Problems): string {
  const source = problems.fields(path, value);
  if (source === undefined) return kind;
  const types = kind === 'image' ? ['base64'] : ['base64', 'text', 'content'];
  const type = problems.oneOf([...path, 'type'], source.type, types);
  if (type !== 'base64') return 'text/plain';
  problems.keys(path, source, ['type', 'media_type', 'data'], []);
  const allowed = kind === 'image' ? imageTypes : ['application/pdf'];
  const media = problems.oneOf([...path, 'media_type'], source.media_type, allowed);
  problems.text([...path, 'data'], source.data ?? '');
  return media ?? kind;
}

function readResult(path: Path, value: unknown, attachments: string[], problems: Problems): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  const texts: string[] = [];
  for (const [place, item] of (problems.list(path, value) ?? []).entries()) {
    const block = problems.fields([...path, place], item);
    if (block?.type === 'text' && typeof block.text === 'string') texts.push(block.text);
    else if (block?.type === 'image' || block?.type === 'document')
      attachments.push(readSource([...path, place, 'source'], block.source, block.type, problems));
  }
  return texts.join('\n');
}

/** The rules between messages: roles, blanks, tool results, prefill. Each text names its source. */
export function checkConversation(
  messages: readonly ClaudeMessage[],
  model: ModelFacts,
  dialect: ClaudeDialect,
  hasTools: boolean,
): void {
  checkRoles(messages);
  for (const [place, message] of messages.entries()) {
    const final = place === messages.length - 1;
    // Anthropic's own text.
    if (message.empty && !(final && message.role === 'assistant'))
      throw validationError(
        `messages.${place}: all messages must have non-empty content except for the optional final assistant message`,
      );
    checkResults(messages[place - 1], message, place);
  }
  const last = messages.at(-1);
  if (last?.role === 'assistant') {
    if (last.toolUses.length > 0) throw missingResults(messages.length, last.toolUses.length);
    // Anthropic's own texts.
    if (model.prefill === false)
      throw validationError(
        'This model does not support assistant message prefill. The conversation must end with a user message.',
      );
    if (last.trailingSpace)
      throw validationError('messages: final assistant content cannot end with trailing whitespace');
  }
  const usesTools = messages.some(({ toolUses, toolResults }) => toolUses.length + toolResults.length > 0);
  // Reported for Claude 3; newer ones let it pass.
  if (usesTools && !hasTools && dialect.problems === 'schema')
    throw validationError('Requests which include `tool_use` or `tool_result` blocks must define tools');
}

function checkRoles(messages: readonly ClaudeMessage[]): void {
  // Anthropic's own text; the next one is also in reports of Bedrock's InvokeModel.
  if (messages[0] !== undefined && messages[0].role !== 'user')
    throw validationError('messages: first message must use the "user" role');
  let previous: TurnMessage['role'] | undefined;
  for (const { role } of messages) {
    if (role === 'system') continue;
    if (role === previous)
      throw validationError(
        `messages: roles must alternate between "user" and "assistant", but found multiple "${role}" roles in a row`,
      );
    previous = role;
  }
}

function checkResults(previous: ClaudeMessage | undefined, message: ClaudeMessage, place: number): void {
  const expected = previous?.role === 'assistant' ? previous.toolUses.map(({ id }) => id) : [];
  for (const [nth, result] of message.toolResults.entries()) {
    if (!expected.includes(result.id))
      // In many public reports of Anthropic's API.
      throw validationError(
        `messages.${place}.content.${message.resultPlaces[nth]}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${result.id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
  }
  const given = new Set(message.toolResults.map(({ id }) => id));
  const missing = expected.filter((id) => !given.has(id)).length;
  if (missing > 0 || message.leadingResults < expected.length)
    throw missingResults(place, Math.max(1, missing));
}

function missingResults(place: number, count: number): Error {
  return validationError(
    `messages.${place}: Did not find ${count} tool_result block(s) at the beginning of this message. Messages following tool_use blocks must begin with a matching number of tool_result blocks.`,
  );
}
