import { answerText, type ConversationState, isEnded } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation, useReadable } from '@streambed/client/react';
import { useEffect, useState } from 'react';
import { preferences } from '../preferences.ts';
import { texts } from '../texts.ts';
import { type Saying, Sayings } from './sayings.tsx';
import { Sentences } from './sentences.ts';

/** So often there is something new to hear: token by token would drown everything. */
const everyMs = 1_200;
/** What was said longer ago is taken away. */
const keptSayings = 4;

/** Tells a screen reader how the answer goes, and says it sentence by sentence as it is written. */
export function Announcer({ conversation }: { readonly conversation: HeldConversation }) {
  const sentences = useReadable(preferences, (chosen) => chosen.announce === 'sentences');
  return (
    <>
      <p aria-live="polite" className="sr-only">
        {useConversation(conversation, phaseOf)}
      </p>
      {sentences && <Reading conversation={conversation} />}
    </>
  );
}

/** Failures announce themselves. */
function phaseOf({ turns }: ConversationState): string {
  const phase = turns.at(-1)?.answer.phase;
  return phase === undefined || phase === 'failed' || phase === 'interrupted' ? '' : texts.phase[phase];
}

function Reading({ conversation }: { readonly conversation: HeldConversation }) {
  const running = useConversation(conversation, (state) => state.running);
  const [said, setSaid] = useState<readonly Saying[]>([]);
  useEffect(() => {
    if (!running) return;
    const sentences = new Sentences(texts.blocks.code(''));
    let made = 0;
    const say = () => {
      const answer = conversation.get().turns.at(-1)?.answer;
      if (answer === undefined) return;
      const text = sentences.next(answerText(answer), isEnded(answer.phase));
      made += 1;
      const saying = { key: made, text };
      if (text !== '') setSaid((before) => [...before, saying].slice(-keptSayings));
    };
    const timer = setInterval(say, everyMs);
    return () => {
      clearInterval(timer);
      say();
    };
  }, [conversation, running]);
  return <Sayings label={texts.announcer} said={said} />;
}
