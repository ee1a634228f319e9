import type { Turn } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useReadable } from '@streambed/client/react';
import { createContext, use, useMemo } from 'react';
import { AskingContext } from '../asking/asking-context.ts';
import { preferences } from '../preferences.ts';
import type { Remedies } from './remedies.ts';

/** What can be done with the turns of the conversation that is shown. */
export interface Chat {
  readonly conversation: HeldConversation;
  readonly remedies: Remedies;
  /** Brings a question back into the box; the next one stands in its place. */
  edit(turn: Turn): void;
  /** Another answer to the same question; of `model` where one is named, else of the one that gave this answer. */
  regenerate(turn: Turn, model?: string): void;
  /** Lets the model go on where its answer broke off; absent where it can only be asked again. */
  readonly goOn?: (turn: Turn) => void;
}

export const ChatContext = createContext<Chat | undefined>(undefined);

/** Made once for a conversation, so that turns don't render again for it. */
export function useChat(conversation: HeldConversation, remedies: Remedies): Chat {
  const asking = use(AskingContext);
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  return useMemo(
    () => ({
      conversation,
      remedies,
      edit: (turn) => asking?.edit(turn),
      regenerate: ({ key, model: before }, model = before) => void conversation.retry({ key, model, stream }),
      goOn: ({ key }) => void conversation.continue({ key }),
    }),
    [conversation, remedies, asking, stream],
  );
}

/** What can be done; throws outside of a conversation. */
export function useTurnActions(): Chat {
  const chat = use(ChatContext);
  if (chat === undefined) throw new Error('useTurnActions: there is no conversation above this component.');
  return chat;
}
