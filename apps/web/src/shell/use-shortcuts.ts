import { useEffect } from 'react';
import { pickToCompare } from '../compare/comparing.ts';
import { paletteOpen } from '../palette/commands.ts';
import { toggleDrawer } from './drawer-store.ts';
import { isKeys } from './mod-key.ts';
import { toggleRail } from './rail-store.ts';
import { shortcuts } from './shortcuts.ts';

/** The keys that work anywhere on the page. */
export function useShortcuts(does: {
  readonly stop: () => void;
  readonly focus: () => void;
  readonly newConversation: () => void;
}): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const run = actionOf(event, does);
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [does]);
}

function actionOf(event: KeyboardEvent, does: Parameters<typeof useShortcuts>[0]): (() => void) | undefined {
  if (isKeys(event, shortcuts.palette)) return () => paletteOpen.set(!paletteOpen.get());
  // What floats has its own keys.
  if (event.target instanceof Element && event.target.closest('[role="dialog"], [role="menu"]') !== null)
    return undefined;
  if (isKeys(event, shortcuts.newConversation)) return does.newConversation;
  if (isKeys(event, shortcuts.compare)) return () => pickToCompare({ type: 'question' });
  if (isKeys(event, shortcuts.rail)) return toggleRail;
  if (isKeys(event, shortcuts.parameters)) return () => toggleDrawer('parameters');
  if (isKeys(event, shortcuts.stop)) return does.stop;
  if (isKeys(event, shortcuts.focus) && !isEditable(event.target)) return does.focus;
  return undefined;
}

function isEditable(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName))
  );
}
