import type { Conversation, Turn } from '@streambed/client';
import { useConversation } from '@streambed/client/react';
import { ArrowDown } from 'lucide-react';
import { memo, useRef } from 'react';
import { texts } from '../texts.ts';
import { Answer } from './answer.tsx';
import type { Remedies } from './remedies.ts';
import { useStickToEnd } from './use-stick-to-end.ts';

/** The turns, in a scroller of their own. */
export function ConversationView(props: {
  readonly conversation: Conversation;
  readonly remedies: Remedies;
}) {
  const turns = useConversation(props.conversation, (state) => state.turns);
  const scrollerRef = useRef<HTMLElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const { atEnd, toEnd } = useStickToEnd(scrollerRef, contentRef);
  const last = turns.length - 1;
  return (
    <div className="relative min-h-0 grow">
      <main
        ref={scrollerRef}
        className="h-full overflow-y-auto [overflow-anchor:none] [scrollbar-gutter:stable_both-edges]"
      >
        <div
          ref={contentRef}
          role="log"
          aria-live="off"
          aria-label={texts.conversation.label}
          className="column pt-4 pb-8"
        >
          {turns.map((turn, place) => (
            <TurnView key={turn.key} turn={turn} remedies={place === last ? props.remedies : undefined} />
          ))}
        </div>
      </main>
      {!atEnd && <ToEnd onClick={toEnd} />}
    </div>
  );
}

/** One question and its answer; only the turn that changed renders again. */
const TurnView = memo(function TurnView(props: {
  readonly turn: Turn;
  readonly remedies: Remedies | undefined;
}) {
  const { turn, remedies } = props;
  return (
    <>
      <article aria-label={texts.conversation.you} className="mt-8 flex justify-end first:mt-2">
        <p className="max-w-[85%] rounded-2xl bg-stone-1 px-4 py-2.5 text-body wrap-anywhere whitespace-pre-wrap">
          {turn.prompt}
        </p>
      </article>
      <Answer turn={turn} remedies={remedies} />
    </>
  );
});

function ToEnd({ onClick }: { readonly onClick: () => void }) {
  return (
    <button
      type="button"
      aria-label={texts.conversation.toEnd}
      onClick={onClick}
      className="absolute bottom-3 left-1/2 grid size-8 -translate-x-1/2 place-items-center rounded-full border border-stone-3 bg-raised text-ink-quiet shadow-float hover:text-ink"
    >
      <ArrowDown size={16} aria-hidden />
    </button>
  );
}
