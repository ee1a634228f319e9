import { useConnection, useConversation, useReadable } from '@streambed/client/react';
import { lazy, Suspense, useEffect, useMemo, useRef } from 'react';
import { AskingContext } from '../asking/asking-context.ts';
import { Announcer } from '../chat/announcer.tsx';
import type { Remedies } from '../chat/remedies.ts';
import { ModelPicking } from '../compare/model-picking.tsx';
import { stopBeside } from '../compare/stop-beside.ts';
import { UpstreamContext } from '../models/upstream.ts';
import { useChosenModel } from '../models/use-chosen-model.ts';
import { pageScope } from '../palette/page-scope.ts';
import { Palette } from '../palette/palette.tsx';
import { preferences } from '../preferences.ts';
import { Rail } from '../rail/rail.tsx';
import { HintLayer } from '../ui/hint.tsx';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { comparedTurn, place } from './address.ts';
import type { Chats } from './chats.ts';
import { ConversationPlace } from './conversation-place.tsx';
import { Drawer } from './drawer.tsx';
import { Header } from './header.tsx';
import { usePage } from './page-context.ts';
import { useShortcuts } from './use-shortcuts.ts';
import { useTheme } from './use-theme.ts';

const ActivityPlace = lazy(() => loadPart(() => import('../activity/activity-place.tsx')));

/** Where there is a box to write in: not beside a conversation, and not where its answers stand side by side. */
const inConversation = () => place.get() === 'conversation' && comparedTurn.get() === undefined;

/** The page's three places: the rail, the reading column with the composer under it, and the drawer. */
export function Shell({ chats }: { readonly chats: Chats }) {
  const { conversation, asking } = useReadable(chats);
  const page = usePage();
  const models = useReadable(page.models);
  const model = useChosenModel(models);
  const shownPlace = useReadable(place);
  const compared = useReadable(comparedTurn);
  const begun = useConversation(conversation, (state) => state.turns.length > 0);
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  const connectedTo = useConnection((line) => (line.state === 'connected' ? line.hello.upstream : undefined));
  const boxRef = useRef<HTMLTextAreaElement>(null);
  const pickerRef = useRef<HTMLButtonElement>(null);
  const upstream = connectedTo ?? (models.loaded ? models.upstream : undefined);

  const does = useMemo(() => {
    const focus = () => {
      // Elsewhere there is no box; it takes the focus as it comes.
      if (inConversation()) boxRef.current?.focus();
      else chats.goBack();
    };
    const stop = () => {
      const compared = comparedTurn.get();
      if (place.get() !== 'conversation') chats.goBack();
      else if (compared === undefined) conversation.stop();
      else stopBeside(conversation, compared);
    };
    const newConversation = () => {
      chats.startNew();
      focus();
    };
    const chooseModel = () => {
      if (!inConversation()) chats.goBack();
      setTimeout(() => pickerRef.current?.click());
    };
    return { focus, newConversation, stop, chooseModel };
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
        presets: page.presets,
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
            <Header
              onNewConversation={begun || shownPlace !== 'conversation' ? does.newConversation : undefined}
              onGoBack={chats.goBack}
            />
            {shownPlace === 'activity' ? (
              <Otherwise otherwise={null}>
                <Suspense>
                  <ActivityPlace chats={chats} />
                </Suspense>
              </Otherwise>
            ) : (
              <ConversationPlace
                conversation={conversation}
                asking={asking}
                remedies={remedies}
                models={models}
                model={model}
                boxRef={boxRef}
                pickerRef={pickerRef}
                onNewConversation={does.newConversation}
              />
            )}
          </div>
          <Drawer />
        </div>
        <Palette />
        <ModelPicking conversation={conversation} models={models} model={model} onDone={does.focus} />
        {compared === undefined && <Announcer conversation={conversation} />}
        <HintLayer />
      </AskingContext>
    </UpstreamContext>
  );
}
