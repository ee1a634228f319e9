import type { ModelFacts } from '@streambed/model-facts';
import { isOwnRedaction, isOwnSignature } from '../engine/signature.ts';
import { validationError } from '../errors.ts';
import type { ConverseMessage } from './converse-blocks.ts';
import type { ConverseDialect } from './converse-dialect.ts';
import { ModelRefusal } from './model-error.ts';

/** AWS's own rules between messages. The texts are reported unless a comment says otherwise. */
export function checkConversation(
  messages: readonly ConverseMessage[],
  model: ModelFacts,
  dialect: ConverseDialect,
  hasTools: boolean,
): void {
  // No source shows an empty list; these are the words for an empty message.
  if (messages.length === 0)
    throw validationError(
      'The messages field is empty. Add a Message object to the messages field and try again.',
    );
  for (const [nth, message] of messages.entries())
    if (message.kinds.length === 0)
      throw validationError(
        `The content field in the Message object at messages.${nth} is empty. Add a ContentBlock object to the content field and try again.`,
      );
  checkRoles(messages, model, dialect);
  const usesTools = messages.some(({ toolUses, toolResults }) => toolUses.length + toolResults.length > 0);
  if (usesTools && !hasTools)
    throw validationError(
      'The toolConfig field must be defined when using toolUse and toolResult content blocks.',
    );
  for (const [nth, message] of messages.entries()) {
    checkTurn(message, nth, dialect);
    checkTools(messages[nth - 1], message, nth);
  }
}

function checkRoles(messages: readonly ConverseMessage[], model: ModelFacts, dialect: ConverseDialect): void {
  if (messages[0]?.role !== 'user')
    throw validationError(
      'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    );
  for (const [nth, message] of messages.entries())
    if (nth > 0 && messages[nth - 1]?.role === message.role)
      throw validationError(
        'A conversation must alternate between user and assistant roles. Make sure the conversation alternates between user and assistant roles and try again.',
      );
  const last = messages.at(-1);
  const continues = dialect.kind === 'claude' || dialect.kind === 'nova';
  if (last?.role === 'assistant' && !continues && model.prefill !== true)
    // The same words as for the first message; reported for models that can't go on with a beginning of their own.
    throw validationError(
      'A conversation must end with a user message. Try again with a conversation that ends with a user message.',
    );
}

/** What may stand together in one message. */
function checkTurn(message: ConverseMessage, nth: number, dialect: ConverseDialect): void {
  const { kinds } = message;
  if (kinds.includes('document') && !kinds.some((kind) => kind === 'text' || kind === 'guardContent'))
    throw validationError('A text block must be included when using documents.');
  if (dialect.kind !== 'llama' && dialect.kind !== 'mistral' && dialect.kind !== 'palmyra') return;
  const plain = kinds.some((kind) =>
    ['text', 'image', 'document', 'guardContent', 'video', 'audio'].includes(kind),
  );
  for (const [kind, words] of [
    ['toolResult', 'tool result blocks'],
    ['toolUse', 'tool use blocks'],
  ] as const)
    if (plain && kinds.includes(kind) && !(dialect.kind === 'palmyra' && kind === 'toolUse'))
      throw validationError(
        `messages.${nth}.content: Conversation blocks and ${words} cannot be provided in the same turn.`,
      );
}

function checkTools(previous: ConverseMessage | undefined, message: ConverseMessage, nth: number): void {
  const expected = previous?.toolUses.map(({ id }) => id) ?? [];
  const given = message.toolResults.map(({ id }) => id);
  const at = `messages.${nth}.content`;
  duplicates(
    `The toolUse blocks at ${at}`,
    message.toolUses.map(({ id }) => id),
  );
  duplicates(`The toolResult blocks at ${at}`, given);
  if (given.length > expected.length)
    throw validationError(
      `The number of toolResult blocks at ${at} exceeds the number of toolUse blocks of previous turn.`,
    );
  const missing = expected.filter((id) => !given.includes(id));
  if (missing.length > 0)
    throw validationError(`Expected toolResult blocks at ${at} for the following Ids: ${missing.join(', ')}`);
}

function duplicates(whose: string, ids: readonly string[]): void {
  const twice = [...new Set(ids.filter((id, nth) => ids.indexOf(id) !== nth))];
  // The beginning of the words is reported.
  if (twice.length > 0) throw validationError(`${whose} contain duplicate Ids: ${twice.join(', ')}`);
}

/** What Claude itself refuses; the words are Anthropic's own, passed on. */
export function checkClaude(messages: readonly ConverseMessage[], model: ModelFacts): void {
  for (const [nth, message] of messages.entries()) {
    checkResultsFirst(messages[nth - 1], message, nth);
    for (const block of message.reasoning) {
      const at = `messages.${nth}.content.${block.place}`;
      if ('redacted' in block) {
        const data = Buffer.from(block.redacted, 'base64').toString('latin1');
        if (!isOwnRedaction(data))
          throw new ModelRefusal(`${at}: Invalid \`data\` in \`redacted_thinking\` block`);
      } else if (block.signature === undefined)
        throw new ModelRefusal(`${at}.thinking.signature: Field required`);
      else if (!isOwnSignature(block.signature, block.text))
        throw new ModelRefusal(`${at}: Invalid \`signature\` in \`thinking\` block`);
    }
  }
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return;
  if (last.toolUses.length > 0)
    throw missingResults(
      messages.length - 1,
      last.toolUses.map(({ id }) => id),
    );
  if (model.prefill === false)
    throw new ModelRefusal(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  if (last.kinds.at(-1) === 'text' && /\s$/.test(last.text))
    throw new ModelRefusal('messages: final assistant content cannot end with trailing whitespace');
}

/**
 * Results that stand beside a document or video are lost on their way to Claude, which then says that they are missing
 * (reported).
 */
function checkResultsFirst(
  previous: ConverseMessage | undefined,
  message: ConverseMessage,
  nth: number,
): void {
  if (previous === undefined || message.toolResults.length === 0) return;
  const first = message.kinds.findIndex((kind) => kind !== 'toolResult' && kind !== 'cachePoint');
  const late = first !== -1 && message.resultPlaces.some((place) => place > first);
  const besides = message.kinds.some((kind) => kind === 'document' || kind === 'video');
  if (late || besides)
    throw missingResults(
      nth - 1,
      previous.toolUses.map(({ id }) => id),
    );
}

function missingResults(nth: number, ids: readonly string[]): ModelRefusal {
  return new ModelRefusal(
    `messages.${nth}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${ids.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
  );
}
