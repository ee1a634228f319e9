import { useReadable } from '@streambed/client/react';
import type { Chats } from '../shell/chats.ts';
import { rail } from '../shell/rail-store.ts';

/** The conversations, at the left; they collapse to nothing. */
export function Rail(_props: { readonly chats: Chats; readonly onNewConversation: () => void }) {
  const shown = useReadable(rail);
  return shown ? null : null;
}
