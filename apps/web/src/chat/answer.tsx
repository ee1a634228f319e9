import { isEnded, type Turn } from '@streambed/client';
import { useRef } from 'react';
import { texts } from '../texts.ts';
import { AnswerActions } from './answer-actions.tsx';
import { answerParts } from './answer-parts.ts';
import { Block } from './blocks/block.tsx';
import { TextPart } from './blocks/text-part.tsx';
import { LiveMeters } from './live-meters.tsx';
import { Meters } from './meters.tsx';
import { Note } from './note.tsx';
import { noteProgress } from './progress.ts';
import { Seam } from './seam.tsx';
import { WaitingLine } from './state-line.tsx';

/**
 * An answer has no bubble: it is the page. Under it stands one line, its meters, live while it is written and exact
 * after, and what can be done with it.
 */
export function Answer({ turn, last }: { readonly turn: Turn; readonly last: boolean }) {
  const { answer } = turn;
  const { phase } = answer;
  const ended = isEnded(phase);
  const { content } = answer.message;
  const waiting =
    phase === 'connecting' || phase === 'waiting' || (phase === 'resuming' && content.length === 0);
  const contentRef = useRef<HTMLDivElement>(null);
  const end = content.length - 1;
  if (!ended) noteProgress(answer);
  return (
    <article aria-label={texts.conversation.answer} aria-busy={!ended} data-state={phase} className="mt-1">
      <div ref={contentRef} className="relative">
        {answerParts(content).map((part, place, all) => {
          const live = !ended && place === all.length - 1;
          return part.type === 'text' ? (
            <TextPart key={part.key} text={part.text} sources={part.sources} live={live} />
          ) : (
            <Block
              key={part.key}
              block={part.block}
              live={live && part.key === end}
              name={`${answer.id}-${part.key}`}
            />
          );
        })}
        <Seam answer={answer} contentRef={contentRef} />
      </div>
      {waiting && <WaitingLine turn={turn} />}
      {ended && <Note turn={turn} last={last} />}
      {/* Its place is kept from the start, so that nothing jumps when the figures come. */}
      <div className="mt-2 flex min-h-8 flex-wrap items-center gap-x-3">
        {ended ? (
          <Meters turn={turn} />
        ) : (
          <LiveMeters id={answer.id} model={turn.model} stream={turn.stream} />
        )}
        {ended && <AnswerActions turn={turn} contentRef={contentRef} />}
      </div>
    </article>
  );
}
