import type { Conversations, ConversationsState } from '../conversations/conversations.ts';
import { usePerFrame } from './use-per-frame.ts';
import { useReadable } from './use-readable.ts';

/** The list of kept conversations, or what `select` picks of it; at most one render per animation frame. */
export function useConversations<S = ConversationsState>(
  conversations: Conversations,
  select?: (state: ConversationsState) => S,
): S {
  return useReadable(usePerFrame(conversations), select);
}
