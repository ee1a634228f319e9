import { useCallback, useSyncExternalStore } from 'react';
import type { Readable } from '../store.ts';

/**
 * What `select` picks from a readable; the component renders again only when that changed. `select` picks, it doesn't
 * build: a fresh object each time would render for ever.
 */
export function useReadable<T, S = T>(readable: Readable<T>, select?: (value: T) => S): S {
  const read = useCallback(() => {
    const value = readable.get();
    return select === undefined ? (value as unknown as S) : select(value);
  }, [readable, select]);
  return useSyncExternalStore(readable.subscribe, read, read);
}
