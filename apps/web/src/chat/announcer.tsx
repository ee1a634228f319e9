import type { Conversation, ConversationState } from '@streambed/client';
import { useConversation } from '@streambed/client/react';
import { texts } from '../texts.ts';

/**
 * Tells a screen reader, in a few words, how the answer goes. Tokens themselves are not announced, they would drown
 * everything; failures announce themselves.
 */
export function Announcer({ conversation }: { readonly conversation: Conversation }) {
  return (
    <p aria-live="polite" className="sr-only">
      {useConversation(conversation, said)}
    </p>
  );
}

function said({ turns }: ConversationState): string {
  const phase = turns.at(-1)?.answer.phase;
  return phase === undefined || phase === 'failed' || phase === 'interrupted' ? '' : texts.phase[phase];
}
