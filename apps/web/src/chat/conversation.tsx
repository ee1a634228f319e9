import type { Turn } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation, useReadable } from '@streambed/client/react';
import { ArrowDown } from 'lucide-react';
import { memo, useLayoutEffect, useRef, useState } from 'react';
import { texts } from '../texts.ts';
import { useGrouped } from '../ui/use-grouped.ts';
import { Answer } from './answer.tsx';
import { ChatContext, useChat } from './chat-context.ts';
import { QuestionView } from './question.tsx';
import type { Remedies } from './remedies.ts';
import { ScrollOwner } from './scroll-owner.ts';
import { Totals } from './totals.tsx';
import { ScrollContext, TurnSlot } from './turn-slot.tsx';

/** Turns that are compared as one. */
const together = 16;

/** The turns, in a scroller of their own. */
export function ConversationView(props: {
  readonly conversation: HeldConversation;
  readonly remedies: Remedies;
}) {
  const { conversation, remedies } = props;
  const turns = useConversation(conversation, (state) => state.turns);
  const [owner] = useState(() => new ScrollOwner());
  const scrollerRef = useRef<HTMLElement>(null);
  const contentRef = useRef<HTMLDivElement>(null);
  const chat = useChat(conversation, remedies);
  const groups = useGrouped(turns, together);
  const last = turns.at(-1);

  useLayoutEffect(() => {
    const scroller = scrollerRef.current;
    const content = contentRef.current;
    if (scroller !== null && content !== null) return owner.attach(scroller, content);
  }, [owner]);
  // Whoever asks wants to see the answer.
  const newest =
    last?.answer.phase === 'connecting' || last?.answer.phase === 'waiting' ? last.key : undefined;
  useLayoutEffect(() => {
    if (newest !== undefined) owner.toEnd();
  }, [owner, newest]);

  return (
    <ScrollContext value={owner}>
      <ChatContext value={chat}>
        <div className="relative min-h-0 grow">
          <main
            ref={scrollerRef}
            className="relative h-full overflow-y-auto [overflow-anchor:none] [scrollbar-gutter:stable_both-edges]"
          >
            <div
              ref={contentRef}
              role="log"
              aria-live="off"
              aria-label={texts.conversation.label}
              className="column pb-8"
            >
              {groups.map((group, place) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a turn never changes its group.
                <Turns key={place} turns={group} last={place === groups.length - 1 ? last : undefined} />
              ))}
              <Totals conversation={conversation} />
            </div>
          </main>
          <ToEnd owner={owner} />
        </div>
      </ChatContext>
    </ScrollContext>
  );
}

const Turns = memo(function Turns(props: {
  readonly turns: readonly Turn[];
  /** The last turn of the conversation, if it is among these. */
  readonly last: Turn | undefined;
}) {
  return props.turns.map((turn) => <TurnView key={turn.key} turn={turn} last={turn === props.last} />);
});

/** One question and its answer; only the turn that changed renders again. */
const TurnView = memo(function TurnView({ turn, last }: { readonly turn: Turn; readonly last: boolean }) {
  return (
    <TurnSlot turn={turn} stays={last}>
      {turn.continues === undefined ? <QuestionView turn={turn} /> : <Continued />}
      <Answer turn={turn} last={last} />
    </TurnSlot>
  );
});

/** The visible seam of an answer that goes on with the one before it. */
function Continued() {
  return (
    <p className="mb-3 flex items-center gap-3 text-meter text-flow before:h-px before:grow before:bg-current after:h-px after:grow after:bg-current">
      {texts.conversation.continued}
    </p>
  );
}

function ToEnd({ owner }: { readonly owner: ScrollOwner }) {
  const atEnd = useReadable(owner.atEnd);
  return atEnd ? null : (
    <button
      type="button"
      aria-label={texts.conversation.toEnd}
      onClick={() => owner.toEnd()}
      className="absolute bottom-3 left-1/2 grid size-8 -translate-x-1/2 place-items-center rounded-full border border-stone-3 bg-raised text-ink-quiet shadow-float hover:text-ink"
    >
      <ArrowDown size={16} aria-hidden />
    </button>
  );
}
