import type { ConversationState } from '../conversation.ts';
import type { Readable } from '../store.ts';
import { usePerFrame } from './use-per-frame.ts';
import { useReadable } from './use-readable.ts';

/** A conversation's state, or what `select` picks of it; at most one render per animation frame. */
export function useConversation<State extends ConversationState, S = State>(
  conversation: Readable<State>,
  select?: (state: State) => S,
): S {
  return useReadable(usePerFrame(conversation), select);
}
