import { useConnection, useConversation, useReadable } from '@streambed/client/react';
import { useEffect, useMemo, useRef } from 'react';
import { AskingContext } from '../asking/asking-context.ts';
import { Composer } from '../asking/composer.tsx';
import { Welcome } from '../asking/welcome.tsx';
import { Announcer } from '../chat/announcer.tsx';
import { ConversationView } from '../chat/conversation.tsx';
import type { Remedies } from '../chat/remedies.ts';
import { UpstreamContext } from '../models/upstream.ts';
import { useChosenModel } from '../models/use-chosen-model.ts';
import { pageScope } from '../palette/page-scope.ts';
import { Palette } from '../palette/palette.tsx';
import { preferences } from '../preferences.ts';
import { Rail } from '../rail/rail.tsx';
import { HintLayer } from '../ui/hint.tsx';
import { Absent } from './absent.tsx';
import type { Chats } from './chats.ts';
import { Drawer } from './drawer.tsx';
import { Header } from './header.tsx';
import { OfflineBar } from './offline-bar.tsx';
import { usePage } from './page-context.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { useTheme } from './use-theme.ts';

/** The page's three places: the rail, the reading column with the composer under it, and the drawer. */
export function Shell({ chats }: { readonly chats: Chats }) {
  const { conversation, asking, id } = useReadable(chats);
  const page = usePage();
  const models = useReadable(page.models);
  const model = useChosenModel(models);
  const begun = useConversation(conversation, (state) => state.turns.length > 0);
  const phase = useConversation(conversation, (state) => state.phase);
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  const connectedTo = useConnection((line) => (line.state === 'connected' ? line.hello.upstream : undefined));
  const boxRef = useRef<HTMLTextAreaElement>(null);
  const pickerRef = useRef<HTMLButtonElement>(null);
  const upstream = connectedTo ?? (models.loaded ? models.upstream : undefined);

  const does = useMemo(() => {
    const focus = () => boxRef.current?.focus();
    const newConversation = () => {
      chats.startNew();
      focus();
    };
    return { focus, newConversation, stop: conversation.stop, chooseModel: () => pickerRef.current?.click() };
  }, [chats, conversation]);
  const remedies = useMemo<Remedies>(
    () => ({
      model,
      tryAgain: () => conversation.retry({ model, stream }),
      chooseModel: does.chooseModel,
      startOver: does.newConversation,
    }),
    [conversation, model, stream, does],
  );
  useTheme();
  useShortcuts(does);
  useEffect(
    () =>
      pageScope.set({
        ...does,
        conversation,
        asking,
        model,
        models,
        line: page.line,
        conversations: page.conversations,
        open: chats.open,
      }),
    [does, conversation, asking, model, models, page, chats],
  );

  return (
    <UpstreamContext value={upstream}>
      <AskingContext value={asking}>
        <div className="flex h-dvh">
          <Rail chats={chats} onNewConversation={does.newConversation} />
          <div className="flex min-w-0 grow flex-col">
            <Header onNewConversation={begun ? does.newConversation : undefined} />
            {begun && phase !== 'gone' ? (
              <ConversationView key={id} conversation={conversation} remedies={remedies} />
            ) : (
              <main className="min-h-0 grow overflow-y-auto [scrollbar-gutter:stable_both-edges]">
                {phase === 'new' ? (
                  <Welcome conversation={conversation} models={models} model={model} />
                ) : (
                  <Absent conversation={conversation} onNewConversation={does.newConversation} />
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
                boxRef={boxRef}
                pickerRef={pickerRef}
              />
            </footer>
          </div>
          <Drawer />
        </div>
        <Palette />
        <Announcer conversation={conversation} />
        <HintLayer />
      </AskingContext>
    </UpstreamContext>
  );
}
