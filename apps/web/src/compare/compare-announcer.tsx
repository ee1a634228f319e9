import { answerText, isEnded } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useReadable } from '@streambed/client/react';
import { useEffect, useState } from 'react';
import { type Saying, Sayings } from '../chat/sayings.tsx';
import { Sentences } from '../chat/sentences.ts';
import { preferences } from '../preferences.ts';
import { compareTexts } from '../texts/compare.ts';
import { texts } from '../texts.ts';
import { standing } from './standing.tsx';

/** Slower than for one answer: what several say is told in turn. */
const everyMs = 1_500;
const keptSayings = 8;

interface Voice {
  readonly title: string;
  readonly sentences: Sentences;
  state: string;
  done: boolean;
}

/** Tells a screen reader how each answer goes, and in turn what they say, by sentences, with the model's name. */
export function CompareAnnouncer(props: {
  readonly conversation: HeldConversation;
  readonly keys: readonly string[];
  readonly titleOf: (model: string) => string;
}) {
  const { conversation, keys, titleOf } = props;
  const aloud = useReadable(preferences, (chosen) => chosen.announce === 'sentences');
  const [said, setSaid] = useState<readonly Saying[]>([]);
  useEffect(() => {
    const voices = new Map<string, Voice>();
    let made = 0;
    const listen = () => {
      const now: Saying[] = [];
      const say = (title: string, text: string) => {
        made += 1;
        now.push({ key: made, text: compareTexts.says(title, text) });
      };
      for (const key of keys) {
        const turn = conversation.turn(key).get();
        if (turn === undefined) continue;
        const { answer } = turn;
        const ended = isEnded(answer.phase);
        const known = voices.get(key);
        const voice = known ?? newVoice(titleOf(turn.model));
        voices.set(key, voice);
        const state = standing(answer, turn.stream);
        // What had ended before anybody looked is there to be read.
        if (known === undefined && ended) voice.done = true;
        if (voice.done) continue;
        const text = aloud ? voice.sentences.next(answerText(answer), ended) : '';
        if (text !== '') say(voice.title, text);
        if (state !== voice.state) say(voice.title, state);
        voice.state = state;
        voice.done = ended;
      }
      if (now.length > 0) setSaid((before) => [...before, ...now].slice(-keptSayings));
    };
    listen();
    const timer = setInterval(listen, everyMs);
    return () => clearInterval(timer);
  }, [conversation, keys, titleOf, aloud]);
  return <Sayings label={compareTexts.announcer} said={said} />;
}

function newVoice(title: string): Voice {
  return { title, sentences: new Sentences(texts.blocks.code('')), state: '', done: false };
}
