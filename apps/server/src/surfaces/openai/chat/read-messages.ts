import { type ContentBlock, type SystemBlock, type TextBlock, unreachable } from '@streambed/protocol';
import { audioBlock, fileBlock, imageBlock } from '../shared/media.ts';
import { refuse, refuseUnsupported } from '../shared/refuse.ts';
import { Turns } from '../shared/turns.ts';
import type { AssistantTurn, ChatMessage, UserContent, UserPart } from './chat-request.ts';
import { thinkingBlocks } from './thinking.ts';

/** A conversation, and what was left out of it, each kind named once. */
export interface Conversation {
  readonly turns: Turns;
  readonly dropped: readonly string[];
}

/**
 * Reads a conversation. System and developer messages, wherever they stand, are the system prompt in their order;
 * neighbours of one role are one turn, since Claude wants roles to alternate and all results of a turn's tools in the
 * next one. Throws what can't be carried, by its path.
 */
export function readMessages(chat: readonly ChatMessage[]): Conversation {
  const turns = new Turns();
  const dropped = new Set<string>();
  for (const [index, message] of chat.entries()) {
    const at = `messages[${index}]`;
    if ('name' in message && typeof message.name === 'string') dropped.add('messages[].name');
    switch (message.role) {
      case 'system':
      case 'developer':
        turns.addSystem(systemBlocks(message.content));
        break;
      case 'user':
        turns.add('user', userContent(message.content, `${at}.content`, dropped));
        break;
      case 'tool':
        turns.add('user', [toolResult(message, at, dropped)]);
        break;
      case 'assistant': {
        const content = assistantContent(message, at, dropped);
        if (content.length === 0) dropped.add(at);
        turns.add('assistant', content);
        break;
      }
      default:
        unreachable(message);
    }
  }
  if (turns.messages.length === 0) refuse('messages', 'expected a message of a user, too');
  return { turns, dropped: [...dropped] };
}

function toolResult(
  { tool_call_id, content }: Extract<ChatMessage, { role: 'tool' }>,
  at: string,
  dropped: Set<string>,
): ContentBlock {
  const said = typeof content === 'string' ? content : userContent(content, `${at}.content`, dropped);
  return { type: 'tool_result', tool_use_id: tool_call_id, content: said };
}

function systemBlocks(content: Extract<ChatMessage, { role: 'system' }>['content']): readonly SystemBlock[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(textBlock);
}

function userContent(content: UserContent, at: string, dropped: Set<string>): readonly ContentBlock[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content.map((part, index) => userBlock(part, `${at}[${index}]`, dropped));
}

function userBlock(part: UserPart, at: string, dropped: Set<string>): ContentBlock {
  switch (part.type) {
    case 'text':
      return textBlock(part);
    case 'image_url': {
      const { url, detail } = part.image_url;
      if (typeof detail === 'string' && detail !== 'auto')
        dropped.add('messages[].content[].image_url.detail');
      return cached(imageBlock(url, `${at}.image_url.url`), part);
    }
    case 'input_audio':
      return audioBlock(part.input_audio.data, part.input_audio.format);
    case 'file': {
      const { file_data: data, filename } = part.file;
      if (typeof data !== 'string') {
        return refuseUnsupported(`${at}.file`, 'no files are kept here. Send it as file_data, a data URL');
      }
      return cached(fileBlock(data, filename ?? undefined, `${at}.file.file_data`), part);
    }
    default:
      return unreachable(part);
  }
}

/** Thinking first, then the text, then the calls: the order in which a model writes them. */
function assistantContent(turn: AssistantTurn, at: string, dropped: Set<string>): readonly ContentBlock[] {
  const { content, refusal, tool_calls: calls } = turn;
  const thinking = thinkingBlocks(turn);
  if (thinking.length === 0 && turn.reasoning_content) dropped.add('messages[].reasoning_content');
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
  const texts = parts.map(
    (part): TextBlock => (part.type === 'text' ? textBlock(part) : { type: 'text', text: part.refusal }),
  );
  if (typeof refusal === 'string') texts.push({ type: 'text', text: refusal });
  return [
    ...thinking,
    ...texts.filter(({ text }) => text !== ''),
    ...(calls ?? []).map(({ id, function: called }, index) => ({
      type: 'tool_use',
      id,
      name: called.name,
      input: argumentsOf(called.arguments, `${at}.tool_calls[${index}].function.arguments`),
    })),
  ];
}

function argumentsOf(text: string, at: string): unknown {
  if (text.trim() === '') return {};
  try {
    const input: unknown = JSON.parse(text);
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch {
    // Said below.
  }
  return refuse(at, 'expected a JSON object, as text');
}

type Cachable = { readonly cache_control?: TextBlock['cache_control'] };

function textBlock(part: { readonly text: string } & Cachable): TextBlock {
  return cached({ type: 'text', text: part.text }, part);
}

function cached<B extends ContentBlock>(block: B, { cache_control }: Cachable): B {
  return cache_control === undefined || cache_control === null ? block : { ...block, cache_control };
}
