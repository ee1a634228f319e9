import { useReadable } from '@streambed/client/react';
import { useSyncExternalStore } from 'react';
import { preferences } from '../preferences.ts';

const system = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
const subscribe = (listener: () => void) => {
  system?.addEventListener('change', listener);
  return () => system?.removeEventListener('change', listener);
};

/** Whether the page is dark now. */
export function useDark(): boolean {
  const theme = useReadable(preferences, (chosen) => chosen.theme);
  const systemDark = useSyncExternalStore(subscribe, () => system?.matches ?? false);
  return theme === 'system' ? systemDark : theme === 'dark';
}
