import type { ConversationState, GenerationSnapshot, Turn } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation } from '@streambed/client/react';
import { texts } from '../texts.ts';
import { Sign } from '../ui/sign.tsx';

/** Nothing of it is there yet. */
export function isWaiting({ phase, message }: GenerationSnapshot): boolean {
  return (
    phase === 'connecting' || phase === 'waiting' || (phase === 'resuming' && message.content.length === 0)
  );
}

/** What an answer that runs is doing, in words. */
export function stateOf({ phase, cancelling }: GenerationSnapshot, stream: boolean): string {
  if (cancelling) return texts.phase.stopping;
  return phase === 'waiting' && !stream ? texts.phase.waitingWhole : texts.phase[phase];
}

/** In the answer's place until its first token: the sign moves. */
export function WaitingLine({ turn }: { readonly turn: Turn }) {
  return (
    <p className="flex min-h-6.5 items-center gap-2 text-small text-ink-quiet">
      <Sign flow="moving" size={18} />
      {stateOf(turn.answer, turn.stream)}
    </p>
  );
}

/**
 * While tokens come: said where nothing moves, in the composer. Under the text it would run ahead of it, and the
 * reader's eye after it.
 */
export function RunningState({ conversation }: { readonly conversation: HeldConversation }) {
  const state = useConversation(conversation, runningState);
  const resuming = useConversation(conversation, isResuming);
  return state === undefined ? null : (
    <span className="mr-2 flex items-center gap-2 text-small whitespace-nowrap text-ink-quiet max-sm:sr-only">
      <Sign flow={resuming ? 'moving' : 'steady'} size={18} />
      {state}
    </span>
  );
}

function runningState({ turns, running }: ConversationState): string | undefined {
  const last = turns.at(-1);
  if (!running || last === undefined || last.answer.message.content.length === 0) return undefined;
  return stateOf(last.answer, last.stream);
}

function isResuming({ turns }: ConversationState): boolean {
  return turns.at(-1)?.answer.phase === 'resuming';
}
