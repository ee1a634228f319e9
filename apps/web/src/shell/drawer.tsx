import { useReadable } from '@streambed/client/react';
import { X } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef } from 'react';
import { texts } from '../texts.ts';
import { IconButton } from '../ui/icon-button.tsx';
import { loadPart, Otherwise } from '../ui/load.tsx';
import { closeDrawer, drawer, type Panel } from './drawer-store.ts';
import { useWide } from './use-wide.ts';

export const loadPanels = () => import('./panels.tsx');
const PanelView = lazy(() => loadPart(loadPanels));
export const loadSheet = () => import('./sheet.tsx');
const Sheet = lazy(() => loadPart(loadSheet));

/** What opens from the right: beside the page where there is room, over it where there is none. */
export function Drawer() {
  const panel = useReadable(drawer);
  const wide = useWide(1_080);
  if (panel === undefined) return null;
  const title = texts.drawer[panel];
  return (
    <Otherwise otherwise={null}>
      <Suspense>
        {wide ? (
          <Aside title={title} panel={panel} />
        ) : (
          <Sheet side="right" label={title} onClose={closeDrawer}>
            <Head title={title} />
            <PanelView panel={panel} />
          </Sheet>
        )}
      </Suspense>
    </Otherwise>
  );
}

function Aside({ title, panel }: { readonly title: string; readonly panel: Panel }) {
  const ref = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again where it shows another panel.
  useEffect(() => ref.current?.focus(), [panel]);
  return (
    <aside
      ref={ref}
      aria-label={title}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return;
        event.preventDefault();
        closeDrawer();
      }}
      className="flex w-88 flex-none flex-col overflow-y-auto border-l border-stone-2 outline-none"
    >
      <Head title={title} />
      <PanelView panel={panel} />
    </aside>
  );
}

function Head({ title }: { readonly title: string }) {
  return (
    <div className="sticky top-0 z-1 flex h-12 flex-none items-center justify-between bg-ground pr-2 pl-5">
      <h2 className="text-[0.9375rem] font-semibold tracking-[-0.01em]">{title}</h2>
      <IconButton name={texts.drawer.close} keys="Esc" onClick={closeDrawer}>
        <X size={16} aria-hidden />
      </IconButton>
    </div>
  );
}
