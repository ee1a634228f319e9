import { isEnded, type Turn } from '@streambed/client';
import { lazy, Suspense, useRef } from 'react';
import { texts } from '../texts.ts';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { AnswerActions, AnswerVersions } from './answer-actions.tsx';
import { AnswerContent } from './answer-content.tsx';
import { LiveMeters } from './live-meters.tsx';
import { Meters } from './meters.tsx';
import { Note } from './note.tsx';
import { openCalls } from './open-calls.ts';
import { noteProgress } from './progress.ts';
import { isWaiting, WaitingLine } from './state-line.tsx';

const ToolAnswers = lazy(() => loadPart(() => import('./tool-answers.tsx')));

/**
 * An answer has no bubble: it is the page. Under it stands one line, its meters, live while it is written and exact
 * after, and what can be done with it.
 */
export function Answer({ turn, last }: { readonly turn: Turn; readonly last: boolean }) {
  const { answer } = turn;
  const { phase } = answer;
  const ended = isEnded(phase);
  const contentRef = useRef<HTMLDivElement>(null);
  const calls = last ? openCalls(turn) : [];
  if (!ended) noteProgress(answer);
  return (
    <article aria-label={texts.conversation.answer} aria-busy={!ended} data-state={phase} className="mt-1">
      <AnswerContent turn={turn} contentRef={contentRef} />
      {isWaiting(answer) && <WaitingLine turn={turn} />}
      {ended && <Note turn={turn} last={last} />}
      {calls.length > 0 && (
        <Otherwise otherwise={null}>
          <Suspense>
            <ToolAnswers turn={turn} calls={calls} />
          </Suspense>
        </Otherwise>
      )}
      {/* Its place is kept from the start, so that nothing jumps when the figures come. */}
      <div className="mt-2 flex min-h-8 flex-wrap items-center gap-x-3">
        {ended ? (
          <Meters turn={turn} />
        ) : (
          <LiveMeters id={answer.id} model={turn.model} stream={turn.stream} />
        )}
        {ended ? <AnswerActions turn={turn} contentRef={contentRef} /> : <AnswerVersions turn={turn} />}
      </div>
    </article>
  );
}
