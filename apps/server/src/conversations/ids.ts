import { randomBytes } from 'node:crypto';

/** A conversation's name where its maker gave none. */
export function newConversationId(): string {
  return `conv_${randomBytes(16).toString('base64url')}`;
}

export function newTurnId(): string {
  return `turn_${randomBytes(16).toString('base64url')}`;
}
