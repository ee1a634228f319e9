import type { Conversation, Readable } from '@streambed/client';
import { useConnection, useConversation, useReadable } from '@streambed/client/react';
import { useMemo, useRef } from 'react';
import { Composer } from './asking/composer.tsx';
import { Welcome } from './asking/welcome.tsx';
import { Announcer } from './chat/announcer.tsx';
import { ConversationView } from './chat/conversation.tsx';
import type { Remedies } from './chat/remedies.ts';
import type { ModelState } from './models/model-store.ts';
import { UpstreamContext } from './models/upstream.ts';
import { preferences } from './preferences.ts';
import { Header } from './shell/header.tsx';
import { OfflineBar } from './shell/offline-bar.tsx';
import { HintLayer } from './ui/hint.tsx';

/** The page: a header, the reading column, the composer. */
export function App(props: { readonly conversation: Conversation; readonly models: Readable<ModelState> }) {
  const { conversation } = props;
  const models = useReadable(props.models);
  const begun = useConversation(conversation, (state) => state.turns.length > 0);
  const { model: preferred, stream } = useReadable(preferences);
  const connectedTo = useConnection((line) => (line.state === 'connected' ? line.hello.upstream : undefined));
  const boxRef = useRef<HTMLTextAreaElement>(null);
  const pickerRef = useRef<HTMLButtonElement>(null);

  const known = models.models.some(({ name }) => name === preferred);
  const model = known ? preferred : (models.models[0]?.name ?? '');
  const upstream = connectedTo ?? (models.loaded ? models.upstream : undefined);

  const remedies = useMemo<Remedies>(
    () => ({
      model,
      tryAgain: () => conversation.retry({ model, stream }),
      chooseModel: () => pickerRef.current?.click(),
      startOver: () => {
        conversation.clear();
        boxRef.current?.focus();
      },
    }),
    [conversation, model, stream],
  );

  return (
    <UpstreamContext value={upstream}>
      <div className="flex h-dvh flex-col">
        <Header onNewConversation={begun ? remedies.startOver : undefined} />
        {!begun ? (
          <main className="min-h-0 grow overflow-y-auto [scrollbar-gutter:stable_both-edges]">
            <Welcome
              onAsk={model === '' ? undefined : (prompt) => conversation.ask({ prompt, model, stream })}
            />
          </main>
        ) : (
          <ConversationView conversation={conversation} remedies={remedies} />
        )}
        <footer className="column pb-[max(1rem,env(safe-area-inset-bottom))]">
          <OfflineBar />
          <Composer
            conversation={conversation}
            models={models}
            model={model}
            boxRef={boxRef}
            pickerRef={pickerRef}
          />
        </footer>
        <Announcer conversation={conversation} />
        <HintLayer />
      </div>
    </UpstreamContext>
  );
}
