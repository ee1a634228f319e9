import { useReadable } from '@streambed/client/react';
import { lazy, Suspense } from 'react';
import type { Chats } from '../shell/chats.ts';
import { loadSheet } from '../shell/drawer.tsx';
import { rail, railBesideFrom, showRail } from '../shell/rail-store.ts';
import { useWide } from '../shell/use-wide.ts';
import { texts } from '../texts.ts';
import { loadPart, Otherwise } from '../ui/load.tsx';

export const loadRailContent = () => import('./rail-content.tsx');
const RailContent = lazy(() => loadPart(loadRailContent));
const Sheet = lazy(() => loadPart(loadSheet));

/** The conversations, at the left; they collapse to nothing. Where there is no room beside the page it is a sheet. */
export function Rail(props: { readonly chats: Chats; readonly onNewConversation: () => void }) {
  const shown = useReadable(rail);
  const beside = useWide(railBesideFrom);
  if (!shown) return null;
  if (beside) {
    return (
      <aside
        aria-label={texts.rail.label}
        className="flex w-66 flex-none flex-col border-r border-stone-2 bg-ground"
      >
        <Otherwise otherwise={null}>
          <Suspense>
            <RailContent {...props} onChosen={stay} />
          </Suspense>
        </Otherwise>
      </aside>
    );
  }
  return (
    <Otherwise otherwise={null}>
      <Suspense>
        <Sheet side="left" label={texts.rail.label} onClose={close}>
          <RailContent {...props} onChosen={close} />
        </Sheet>
      </Suspense>
    </Otherwise>
  );
}

const stay = () => {};
const close = () => showRail(false);
