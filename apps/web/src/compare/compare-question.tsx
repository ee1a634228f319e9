import type { HeldConversation } from '@streambed/client/conversations';
import { useTurn } from '@streambed/client/react';
import { QuestionBody } from '../chat/question.tsx';
import { texts } from '../texts.ts';

/** What all of them were asked. */
export function CompareQuestion(props: {
  readonly conversation: HeldConversation;
  readonly turnKey: string;
}) {
  const { conversation, turnKey } = props;
  // Its words stay as they are while its answer grows.
  const turn = useTurn(conversation, turnKey, (now) => now?.answers) && conversation.turn(turnKey).get();
  return turn === undefined ? null : (
    <article aria-label={texts.conversation.you} className="flex flex-none flex-col items-end pb-5">
      <QuestionBody turn={turn} />
    </article>
  );
}
