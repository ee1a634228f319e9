import { createStore } from '@streambed/client';

/** What the drawer can show. */
export type Panel = 'parameters' | 'connection' | 'settings' | 'keys';

/** What it shows; `undefined` while it is closed. */
export const drawer = createStore<Panel | undefined>(undefined);

/** What had the focus before it opened: it gets it back. */
let before: HTMLElement | undefined;

export function openDrawer(panel: Panel): void {
  if (drawer.get() === undefined && document.activeElement instanceof HTMLElement)
    before = document.activeElement;
  drawer.set(panel);
}

export function closeDrawer(): void {
  drawer.set(undefined);
  if (before?.isConnected) before.focus();
  before = undefined;
}

export function toggleDrawer(panel: Panel): void {
  if (drawer.get() === panel) closeDrawer();
  else openDrawer(panel);
}
