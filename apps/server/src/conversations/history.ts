import type { ContentBlock, Message } from '@streambed/protocol';
import type { TurnState } from '../database/tables/conversations.ts';

/** A turn on the way to a request. */
export interface Said extends Pick<Message, 'role' | 'content'> {
  readonly state: TurnState;
  readonly continues: 'prefill' | 'asked' | null;
}

/** What a model is told that can't go on from its own words. */
const goOn =
  'Your last message was cut off. Go on exactly where it stops. Do not repeat anything of it, and do not comment on this.';

/**
 * A branch as the messages of a request. What was cut off in mid-block can't go back to a model: calls of tools that were
 * not answered, and the thinking of an answer that did not come to its end. What then says nothing is left out.
 */
export function toMessages(branch: readonly Said[], next: readonly Message[]): readonly Message[] {
  const messages: Message[] = [];
  for (const turn of branch) {
    const last = messages.at(-1);
    if (turn.continues === 'prefill' && last?.role === 'assistant') {
      messages[messages.length - 1] = { role: 'assistant', content: join(last.content, contentOf(turn)) };
    } else {
      if (turn.continues === 'asked' && last?.role === 'assistant') messages.push(goOnMessage());
      messages.push({ role: turn.role, content: contentOf(turn) });
    }
  }
  const all = [...messages, ...next];
  const said = all.map((message, place) => {
    const isOurs = place < messages.length && message.role === 'assistant';
    return isOurs ? withoutOpenCalls(message, all[place + 1]) : message;
  });
  return alternate(said.filter(({ content }, place) => place >= messages.length || content.length > 0));
}

/** The request that goes on with the last answer of a branch, which its messages end on. */
export function toContinuation(
  branch: readonly Said[],
  canPrefill: boolean,
): { readonly messages: readonly Message[]; readonly how: 'prefill' | 'asked' } {
  const messages = toMessages(branch, []);
  const last = messages.at(-1);
  // It said nothing that could be gone on with: it is simply asked once more.
  if (last?.role !== 'assistant') return { messages, how: 'prefill' };
  if (canPrefill && endsOnText(last.content)) {
    // Claude refuses an answer that begins with something that ends on white space.
    return {
      messages: [...messages.slice(0, -1), { ...last, content: trimmed(last.content) }],
      how: 'prefill',
    };
  }
  return { messages: [...messages, goOnMessage()], how: 'asked' };
}

/** Bedrock wants roles to alternate: what one speaker said in a row is one message. */
function alternate(messages: readonly Message[]): readonly Message[] {
  const out: Message[] = [];
  for (const message of messages) {
    const last = out.at(-1);
    if (last?.role !== message.role || message.role === 'system') out.push(message);
    else
      out[out.length - 1] = { ...last, content: [...blocksOf(last.content), ...blocksOf(message.content)] };
  }
  return out;
}

/** Whether some messages answer calls of tools. */
export function answersTools(messages: readonly Message[]): boolean {
  return messages.some(
    ({ role, content }) =>
      role === 'user' && typeof content !== 'string' && content.some(({ type }) => type === 'tool_result'),
  );
}

function goOnMessage(): Message {
  return { role: 'user', content: goOn };
}

function contentOf({ content, state }: Said): string | readonly ContentBlock[] {
  if (typeof content === 'string' || state === 'kept' || state === 'completed') return content;
  return content.filter(
    (block) =>
      block.type !== 'thinking' && block.type !== 'redacted_thinking' && block.partial_json === undefined,
  );
}

/** Takes out what would be refused: calls that the next message doesn't answer, and blank text. */
function withoutOpenCalls(message: Message, next: Message | undefined): Message {
  if (typeof message.content === 'string') {
    return message.content.trim() === '' ? { ...message, content: '' } : message;
  }
  const results = next?.role === 'user' && typeof next.content !== 'string' ? next.content : [];
  const answered = new Set(
    results.map((block) => (block.type === 'tool_result' ? block.tool_use_id : undefined)),
  );
  const blocks = message.content.filter((block) => {
    if (block.type === 'tool_use')
      return block.partial_json === undefined && answered.has(block.id as string);
    return block.type !== 'text' || (typeof block.text === 'string' && block.text.trim() !== '');
  });
  const saysSomething = blocks.some(({ type }) => type !== 'thinking' && type !== 'redacted_thinking');
  return { ...message, content: saysSomething ? blocks : [] };
}

function endsOnText(content: Message['content']): boolean {
  return typeof content === 'string' || content.at(-1)?.type === 'text';
}

function trimmed(content: Message['content']): Message['content'] {
  if (typeof content === 'string') return content.trimEnd();
  const last = content.at(-1);
  if (last?.type !== 'text') return content;
  return [...content.slice(0, -1), { ...last, text: String(last.text).trimEnd() } as ContentBlock];
}

/** One answer of two that were written in one breath. */
function join(before: Message['content'], after: Message['content']): Message['content'] {
  const one = blocksOf(trimmed(before));
  const other = blocksOf(after);
  const last = one.at(-1);
  const first = other[0];
  if (last?.type !== 'text' || first?.type !== 'text') return [...one, ...other];
  const seam = { ...last, text: `${String(last.text)}${String(first.text)}` } as ContentBlock;
  return [...one.slice(0, -1), seam, ...other.slice(1)];
}

function blocksOf(content: Message['content']): readonly ContentBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content;
}
