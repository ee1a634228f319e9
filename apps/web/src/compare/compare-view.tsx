import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation } from '@streambed/client/react';
import { ArrowLeft } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { titleOf as titleIn } from '../models/model-picker.tsx';
import type { ModelState } from '../models/model-store.ts';
import { prefer } from '../preferences.ts';
import { conversationAddress, goToAddress } from '../shell/address.ts';
import { compareTexts } from '../texts/compare.ts';
import { Answers } from './answers.tsx';
import type { ColumnActions } from './column.tsx';
import { askedWith } from './columns-of.ts';
import { CompareAnnouncer } from './compare-announcer.tsx';
import { CompareQuestion } from './compare-question.tsx';
import { pickToCompare } from './comparing.ts';
import { moveBetween } from './move-between.ts';
import { StopAll } from './stop-all.tsx';
import { useColumns } from './use-columns.ts';

/** The button that was pressed has gone with the answer that failed: the focus goes to the one in its place. */
function focusOn(key: string | undefined): void {
  requestAnimationFrame(() =>
    document.querySelector<HTMLElement>(`[data-column="${key}"]`)?.focus({ preventScroll: true }),
  );
}

/** The answers to one question side by side, each as it comes; one is kept, and gone on with. */
export default function CompareView(props: {
  readonly conversation: HeldConversation;
  /** One of them: the others are its versions. */
  readonly turnKey: string;
  readonly models: ModelState;
  readonly onStartOver: () => void;
}) {
  const { conversation, models, onStartOver } = props;
  const { id } = conversation;
  const loading = useConversation(conversation, ({ phase }) => phase === 'loading');
  const turnKey = askedWith(props.turnKey).find((key) => conversation.turn(key).get()) ?? props.turnKey;
  const keys = useColumns(conversation, turnKey);
  const titleOf = useCallback((model: string) => titleIn(models, model) ?? model, [models]);
  const mainRef = useRef<HTMLElement>(null);
  const actions = useMemo<ColumnActions>(
    () => ({
      conversation,
      retry: ({ key }) => focusOn(conversation.askBeside(key)),
      chooseModel: (turn) => pickToCompare({ type: 'answer', turn }),
      startOver: onStartOver,
      keep: ({ key, model }) => {
        conversation.show(key);
        prefer({ model });
        goToAddress(conversationAddress(id));
      },
    }),
    [conversation, id, onStartOver],
  );
  // Whoever comes here reads: the keys that scroll should do so at once.
  useEffect(() => mainRef.current?.focus({ preventScroll: true }), []);

  return (
    <main
      ref={mainRef}
      tabIndex={-1}
      aria-label={compareTexts.label}
      onKeyDown={moveBetween}
      className="relative min-h-0 grow overflow-y-auto outline-none [overflow-anchor:none] [scrollbar-gutter:stable]"
    >
      <div
        className="mx-auto flex min-h-full w-full flex-col px-4"
        style={{ maxWidth: `${(keys?.length ?? 2) * 38}rem` }}
      >
        <div className="flex min-h-8 flex-none items-center justify-between">
          <button
            type="button"
            onClick={() => goToAddress(conversationAddress(id))}
            className="quiet-button -ml-2 text-small"
          >
            <ArrowLeft size={14} aria-hidden />
            {compareTexts.back}
          </button>
          {keys !== undefined && <StopAll conversation={conversation} keys={keys} />}
        </div>
        {keys === undefined ? (
          <p className="py-8 text-center text-ink-quiet">
            {loading ? compareTexts.reading : compareTexts.gone}
          </p>
        ) : (
          <>
            <CompareQuestion conversation={conversation} turnKey={turnKey} />
            <Answers mainRef={mainRef} keys={keys} wanted={turnKey} titleOf={titleOf} actions={actions} />
            <CompareAnnouncer conversation={conversation} keys={keys} titleOf={titleOf} />
          </>
        )}
      </div>
    </main>
  );
}
