import { answerText, isEnded, type Turn } from '@streambed/client';
import type { HeldConversation } from '@streambed/client/conversations';
import { useTurn } from '@streambed/client/react';
import { Square } from 'lucide-react';
import { memo, useMemo, useRef } from 'react';
import { AnswerContent } from '../chat/answer-content.tsx';
import { ChatContext } from '../chat/chat-context.ts';
import { LiveMeters } from '../chat/live-meters.tsx';
import { Meters } from '../chat/meters.tsx';
import { Note } from '../chat/note.tsx';
import { noteProgress } from '../chat/progress.ts';
import type { MeterName } from '../chat/read-meters.ts';
import { compareTexts } from '../texts/compare.ts';
import { texts } from '../texts.ts';
import { CopyIconButton } from '../ui/copy-icon-button.tsx';
import { Hint } from '../ui/hint.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Standing } from './standing.tsx';

/** What can be done with an answer among others. */
export interface ColumnActions {
  readonly conversation: HeldConversation;
  /** Another try, in its place. */
  retry(turn: Turn): void;
  /** Another model, beside it. */
  chooseModel(turn: Turn): void;
  startOver(): void;
  keep(turn: Turn): void;
}

/**
 * One answer among others: whose it is, how it stands and its figures above it, always in sight; below it, what is to
 * be decided. `titled`: its name stands here, and not on a tab.
 */
export const Column = memo(function Column(props: {
  readonly turnKey: string;
  readonly titleOf: (model: string) => string;
  readonly titled: boolean;
  readonly best: ReadonlySet<MeterName> | undefined;
  readonly actions: ColumnActions;
}) {
  const { turnKey, actions } = props;
  const turn = useTurn(actions.conversation, turnKey);
  if (turn === undefined) return null;
  return <ColumnOf {...props} turn={turn} title={props.titleOf(turn.model)} />;
});

function ColumnOf(props: {
  readonly turn: Turn;
  readonly title: string;
  readonly titled: boolean;
  readonly best: ReadonlySet<MeterName> | undefined;
  readonly actions: ColumnActions;
}) {
  const { turn, title, titled, best, actions } = props;
  const { answer } = turn;
  const { phase } = answer;
  const ended = isEnded(phase);
  const contentRef = useRef<HTMLDivElement>(null);
  const chat = useColumnChat(turn, actions);
  if (!ended) noteProgress(answer);
  return (
    <ChatContext value={chat}>
      <section
        aria-label={title}
        tabIndex={-1}
        data-column={turn.key}
        data-model={turn.model}
        className="column-of-answers"
      >
        <header className="column-head">
          <div className="-mr-2 flex min-h-8 items-center gap-1">
            {titled && (
              <h2 className="min-w-0 truncate text-[0.9375rem] font-semibold tracking-[-0.01em]">{title}</h2>
            )}
            {!titled && <Standing answer={answer} stream={turn.stream} />}
            <span className="grow" />
            {ended ? (
              answerText(answer) !== '' && (
                <CopyIconButton name={compareTexts.copy(title)} text={() => answerText(answer)} />
              )
            ) : (
              <IconButton
                name={compareTexts.stop(title)}
                onClick={() => actions.conversation.stopTurn(turn.key)}
              >
                <Square size={11} fill="currentColor" aria-hidden />
              </IconButton>
            )}
          </div>
          {titled && <Standing answer={answer} stream={turn.stream} />}
          {ended ? (
            <Meters turn={turn} grid {...(best !== undefined && { best })} />
          ) : (
            <LiveMeters id={answer.id} model={turn.model} stream={turn.stream} grid />
          )}
        </header>
        <article
          aria-label={texts.conversation.answer}
          aria-busy={!ended}
          data-state={phase}
          className="grow pt-3 pb-8"
        >
          <AnswerContent turn={turn} contentRef={contentRef} />
          {ended && <Note turn={turn} last />}
        </article>
        <div className="column-foot">
          {answer.message.content.length > 0 || !ended ? (
            <Hint text={compareTexts.kept}>
              <button
                type="button"
                aria-label={compareTexts.keepNamed(title)}
                aria-description={compareTexts.kept}
                disabled={answer.message.content.length === 0}
                onClick={() => actions.keep(turn)}
                className="plain-button w-full"
              >
                {compareTexts.keep}
              </button>
            </Hint>
          ) : (
            <p className="py-1.5 text-center text-small text-ink-quiet">{compareTexts.nothingToKeep}</p>
          )}
        </div>
      </section>
    </ChatContext>
  );
}

/** What a note under the answer can do: here everything stays in this column. */
function useColumnChat({ key, model }: Turn, actions: ColumnActions) {
  const { conversation } = actions;
  return useMemo(() => {
    const turn = () => conversation.turn(key).get();
    const on = (act: (turn: Turn) => void) => () => {
      const now = turn();
      if (now !== undefined) act(now);
    };
    return {
      conversation,
      remedies: {
        model,
        tryAgain: on(actions.retry),
        chooseModel: on(actions.chooseModel),
        startOver: actions.startOver,
      },
      edit: () => {},
      regenerate: on(actions.retry),
    };
  }, [conversation, key, model, actions]);
}
