import type { HeldConversation } from '@streambed/client/conversations';

/** Stops every answer to the question of the turn `key`. */
export function stopBeside(conversation: HeldConversation, key: string): void {
  for (const version of conversation.turn(key).get()?.answers.keys ?? []) conversation.stopTurn(version);
}
