import type { Turn } from '../conversation.ts';
import type { HeldConversation } from '../conversations/held-types.ts';
import { usePerFrame } from './use-per-frame.ts';
import { useReadable } from './use-readable.ts';

/** One turn of a kept conversation, of any branch, or what `select` picks of it; at most one render per frame. */
export function useTurn<S = Turn | undefined>(
  conversation: Pick<HeldConversation, 'turn'>,
  key: string,
  select?: (turn: Turn | undefined) => S,
): S {
  return useReadable(usePerFrame(conversation.turn(key)), select);
}
