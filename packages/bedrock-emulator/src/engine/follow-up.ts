import type { TurnMessage } from '../turn.ts';

const followUp =
  /^(and |ok(ay)?,? |yes,? |please )*(more|go on|continue|tell me more|what else|another( one)?|one more|next( one)?|again|elaborate|expand|keep going|read on|why|how so|go ahead|show me (more|another( one)?)|in more detail)( please| about (it|that|this))?\W*$/i;

/** Whether a prompt only makes sense after another one. */
export function isFollowUp(prompt: string): boolean {
  return prompt.length <= 60 && followUp.test(prompt.trim());
}

/** What the conversation was about before its follow-ups, and how many there are. */
export function topicOf(
  messages: readonly TurnMessage[],
): { readonly prompt: string; readonly variant: number } | undefined {
  let variant = 0;
  for (const message of messages.toReversed()) {
    if (message.role !== 'user' || message.text.trim() === '') continue;
    if (!isFollowUp(message.text)) return { prompt: message.text, variant };
    variant += 1;
  }
  return undefined;
}
