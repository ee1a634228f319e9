import { answerText, isEnded, type Turn } from '@streambed/client';
import { useRef } from 'react';
import { texts } from '../texts.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { Block } from './blocks/block.tsx';
import { Meters } from './meters.tsx';
import { Note } from './note.tsx';
import type { Remedies } from './remedies.ts';
import { Seam } from './seam.tsx';
import { WaitingLine } from './state-line.tsx';

/** An answer has no bubble: it is the page. Under it stands one line, its state while it runs and its meters after. */
export function Answer({ turn, remedies }: { readonly turn: Turn; readonly remedies: Remedies | undefined }) {
  const { answer } = turn;
  const ended = isEnded(answer.phase);
  const { content } = answer.message;
  const text = answerText(answer);
  const { phase } = answer;
  const empty = content.length === 0;
  const waiting = phase === 'connecting' || phase === 'waiting' || (phase === 'resuming' && empty);
  const contentRef = useRef<HTMLDivElement>(null);
  return (
    <article
      aria-label={texts.conversation.answer}
      aria-busy={!ended}
      data-state={answer.phase}
      className="mt-6"
    >
      <div ref={contentRef} className="relative">
        {content.map(
          (block, place) =>
            block !== undefined && (
              // Blocks are only ever appended: their place is their name.
              // biome-ignore lint/suspicious/noArrayIndexKey: see above.
              <Block key={place} block={block} live={!ended && place === content.length - 1} />
            ),
        )}
        <Seam answer={answer} contentRef={contentRef} />
      </div>
      {waiting && <WaitingLine turn={turn} />}
      {ended && <Note turn={turn} remedies={remedies} />}
      {/* Its place is kept from the start, so that nothing jumps when the figures come. */}
      <div className="mt-2 flex min-h-8 items-center gap-3">
        {ended && <Meters turn={turn} />}
        {ended && text !== '' && <CopyButton text={() => text} className="-mr-2 self-start" />}
      </div>
    </article>
  );
}
