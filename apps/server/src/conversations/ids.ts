import { randomText } from '../random-text.ts';

/** A conversation's name where its maker gave none. */
export function newConversationId(): string {
  return `conv_${randomText(16)}`;
}

export function newTurnId(): string {
  return `turn_${randomText(16)}`;
}
