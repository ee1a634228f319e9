import { answerText, isEnded, type Question } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import type { Line } from '../doctor/line.ts';

/** So much of the answer is seen first. */
const enough = 320;
const outMs = 2_500;

/** Asks, and cuts the line once something of the answer is there: to be seen is that nothing is lost. */
export function pullInMidAnswer(conversation: HeldConversation, question: Question, line: Line): void {
  if (!conversation.ask(question)) return;
  const leave = conversation.subscribe(() => {
    const answer = conversation.get().turns.at(-1)?.answer;
    if (answer === undefined || isEnded(answer.phase)) {
      leave();
      return;
    }
    if (answerText(answer).length < enough) return;
    leave();
    line.pull(outMs);
  });
}
