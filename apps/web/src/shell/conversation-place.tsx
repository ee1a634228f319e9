import type { HeldConversation } from '@streambed/client/conversations';
import { useConversation, useReadable } from '@streambed/client/react';
import { lazy, type RefObject, Suspense } from 'react';
import type { Asking } from '../asking/asking.ts';
import { Composer } from '../asking/composer.tsx';
import { Welcome } from '../asking/welcome.tsx';
import { ConversationView } from '../chat/conversation.tsx';
import type { Remedies } from '../chat/remedies.ts';
import type { ModelState } from '../models/model-store.ts';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { Absent } from './absent.tsx';
import { comparedTurn } from './address.ts';
import { OfflineBar } from './offline-bar.tsx';

const CompareView = lazy(() => loadPart(() => import('../compare/compare-view.tsx')));

/** The reading column: a conversation, or what stands in its place, with the composer under it. */
export function ConversationPlace(props: {
  readonly conversation: HeldConversation;
  readonly asking: Asking;
  readonly remedies: Remedies;
  readonly models: ModelState;
  readonly model: string;
  readonly boxRef: RefObject<HTMLTextAreaElement | null>;
  readonly pickerRef: RefObject<HTMLButtonElement | null>;
  readonly onNewConversation: () => void;
}) {
  const { conversation, asking, remedies, models, model } = props;
  const { id } = conversation;
  const begun = useConversation(conversation, (state) => state.turns.length > 0);
  const phase = useConversation(conversation, (state) => state.phase);
  const compared = useReadable(comparedTurn);
  if (compared !== undefined && phase !== 'gone' && phase !== 'failed') {
    return (
      <>
        <Otherwise otherwise={null}>
          <Suspense fallback={<main className="grow" />}>
            <CompareView
              key={compared}
              conversation={conversation}
              turnKey={compared}
              models={models}
              onStartOver={props.onNewConversation}
            />
          </Suspense>
        </Otherwise>
        <div className="column">
          <OfflineBar />
        </div>
      </>
    );
  }
  return (
    <>
      {begun && phase !== 'gone' ? (
        <ConversationView key={id} conversation={conversation} remedies={remedies} />
      ) : (
        <main className="min-h-0 grow overflow-y-auto [scrollbar-gutter:stable_both-edges]">
          {phase === 'new' ? (
            <Welcome conversation={conversation} models={models} model={model} />
          ) : (
            <Absent conversation={conversation} onNewConversation={props.onNewConversation} />
          )}
        </main>
      )}
      <footer className="column pb-[max(1rem,env(safe-area-inset-bottom))]">
        <OfflineBar />
        <Composer
          key={id}
          conversation={conversation}
          asking={asking}
          models={models}
          model={model}
          boxRef={props.boxRef}
          pickerRef={props.pickerRef}
        />
      </footer>
    </>
  );
}
