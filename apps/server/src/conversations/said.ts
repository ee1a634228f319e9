import { createHash } from 'node:crypto';
import type { ContentBlock, Message } from '@streambed/protocol';
import { sortFields } from '../generation/request-digest.ts';

/** Equal for messages that say the same, however their JSON is ordered. */
export function digestOf({ role, content }: Pick<Message, 'role' | 'content'>): string {
  const said = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
  return createHash('sha256').update(role).update(JSON.stringify(said, sortFields)).digest('base64url');
}

/** The words in a message, for a search. */
export function textOf(content: string | readonly ContentBlock[]): string {
  if (typeof content === 'string') return content;
  return content
    .flatMap((block) => (block.type === 'text' && typeof block.text === 'string' ? [block.text] : []))
    .join('\n\n');
}

/** What a conversation is called that nobody has named: the beginning of what was asked. */
export function titleOf(messages: readonly Message[]): string {
  const asked = messages.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  const words = (asked.find((text) => text.trim() !== '') ?? '').slice(0, 1_000).replace(/\s+/gu, ' ').trim();
  const characters = Array.from(words);
  if (characters.length <= 80) return words;
  const cut = characters.slice(0, 79).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > 40 ? cut.slice(0, space) : cut}…`;
}

/** The part of a text around the first of some words, for people. */
export function excerptOf(text: string, query: string): string {
  const plain = text.replace(/\s+/gu, ' ').trim();
  const words = (query.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase());
  const folded = plain.toLowerCase();
  const at = Math.max(
    0,
    Math.min(...words.map((word) => folded.indexOf(word)).filter((place) => place >= 0)),
  );
  const from = Number.isFinite(at) && at > 60 ? plain.lastIndexOf(' ', at - 40) + 1 : 0;
  const part = plain.slice(from, from + 200);
  return `${from > 0 ? '…' : ''}${part}${from + 200 < plain.length ? '…' : ''}`;
}
