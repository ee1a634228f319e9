import type { Conversation, ConversationState } from '../conversation.ts';
import { usePerFrame } from './use-per-frame.ts';
import { useReadable } from './use-readable.ts';

/** A conversation's state, or what `select` picks of it; at most one render per animation frame. */
export function useConversation<S = ConversationState>(
  conversation: Conversation,
  select?: (state: ConversationState) => S,
): S {
  return useReadable(usePerFrame(conversation), select);
}
