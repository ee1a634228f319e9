import type { ContentBlock, Message, MessagesRequest, SystemBlock } from '@streambed/protocol';
import type { FamilyModel, ModelFamily } from './family.ts';

/** Claudes before Opus 4.8, the first that was seen to take a system message in mid-conversation. */
const takesNone = /claude-(v\d|instant|3-|opus-4-(2025|[1567](-|$))|sonnet-4|haiku-4)/;

/** A request without system messages that its model doesn't take, and what became of them. */
export interface SystemTurns<R extends MessagesRequest> {
  readonly request: R;
  /** `messages[3].role=user`: carried in another turn than asked for. */
  readonly defaulted: readonly string[];
}

/**
 * System messages among a conversation's turns, for a model that has only a system prompt: those before the first turn
 * join that prompt, later ones are told in the user's turn, marked as what they are. Agents such as Claude Code send them,
 * and do the same with models that they know to be older.
 */
export function withSystemTurns<R extends MessagesRequest>(
  request: R,
  model: FamilyModel,
  family: ModelFamily['name'],
): SystemTurns<R> {
  const { messages } = request;
  const asTheyAre = family === 'llama' || (family === 'claude' && !takesNone.test(model.id));
  if (asTheyAre || !messages.some(({ role }) => role === 'system')) return { request, defaulted: [] };
  const system: SystemBlock[] = [];
  const turns: Message[] = [];
  const defaulted: string[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'system') turns.push(message);
    else if (turns.length === 0) system.push(...(blocksOf(message.content) as SystemBlock[]));
    else {
      defaulted.push(`messages[${index}].role=user`);
      tell(turns, blocksOf(message.content).map(marked));
    }
  }
  const before = request.system === undefined ? [] : (blocksOf(request.system) as readonly SystemBlock[]);
  return {
    request: { ...request, messages: turns, ...(system.length > 0 && { system: [...before, ...system] }) },
    defaulted,
  };
}

/** Adds to the user's turn that is the last, or makes one. */
function tell(turns: Message[], blocks: readonly ContentBlock[]): void {
  const last = turns.at(-1);
  if (last?.role !== 'user') turns.push({ role: 'user', content: blocks });
  else turns[turns.length - 1] = { ...last, content: [...blocksOf(last.content), ...blocks] };
}

function blocksOf(content: string | readonly ContentBlock[]): readonly ContentBlock[] {
  if (typeof content !== 'string') return content;
  return content.trim() === '' ? [] : [{ type: 'text', text: content }];
}

/** The mark that Claude Code uses, and explains to its models. */
function marked(block: ContentBlock): ContentBlock {
  if (block.type !== 'text' || typeof block.text !== 'string') return block;
  return { ...block, text: `<system-reminder>\n${block.text}\n</system-reminder>` } as ContentBlock;
}
