import { answerText, type Turn } from '@streambed/client';
import { useConversation } from '@streambed/client/react';
import { Columns2, RefreshCw } from 'lucide-react';
import { lazy, type RefObject, Suspense } from 'react';
import { compareAddress, goToAddress } from '../shell/address.ts';
import { texts } from '../texts.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { useTurnActions } from './chat-context.ts';
import { VersionWalk } from './version-walk.tsx';

export const loadAnswerMenu = () => import('./answer-menu.tsx');
const AnswerMenu = lazy(() => loadPart(loadAnswerMenu));

/** What can be done with an answer that has ended. */
export function AnswerActions(props: {
  readonly turn: Turn;
  readonly contentRef: RefObject<HTMLElement | null>;
}) {
  const { turn, contentRef } = props;
  const { conversation, regenerate } = useTurnActions();
  const running = useConversation(conversation, (state) => state.running);
  const markdown = answerText(turn.answer);
  return (
    <div className="reveal -mr-2 ml-auto flex items-center">
      <AnswerVersions turn={turn} />
      {markdown !== '' && <CopyButton text={() => markdown} />}
      <IconButton name={texts.actions.regenerate} disabled={running} onClick={() => regenerate(turn)}>
        <RefreshCw size={14} aria-hidden />
      </IconButton>
      <Otherwise otherwise={null}>
        <Suspense fallback={<span className="size-8" />}>
          <AnswerMenu turn={turn} running={running} plainText={() => plainTextOf(contentRef.current)} />
        </Suspense>
      </Otherwise>
    </div>
  );
}

/** The walk between the answers to a question, and all of them side by side; also while they are written. */
export function AnswerVersions({ turn }: { readonly turn: Turn }) {
  const { conversation } = useTurnActions();
  if (turn.answers.keys.length < 2) return null;
  return (
    <div className="ml-auto flex items-center">
      <VersionWalk versions={turn.answers} label={texts.versions.answer} />
      <IconButton
        name={texts.compare.open}
        onClick={() => goToAddress(compareAddress(conversation.id, turn.key))}
      >
        <Columns2 size={14} aria-hidden />
      </IconButton>
    </div>
  );
}

/** As the page shows it, without what is only for the eye or the hand. */
function plainTextOf(content: HTMLElement | null): string {
  const shown = Array.from(content?.querySelectorAll<HTMLElement>('[data-part="text"]') ?? []);
  return shown.map((part) => part.innerText.trim()).join('\n\n');
}
