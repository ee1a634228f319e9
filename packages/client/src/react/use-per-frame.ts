import { useMemo } from 'react';
import { perFrame, type Readable } from '../store.ts';

const published = new WeakMap<Readable<unknown>, Readable<unknown>>();

/** One publisher for each readable, so that all components of a page commit in the same frame. */
export function usePerFrame<T>(readable: Readable<T>): Readable<T> {
  return useMemo(() => {
    const known = published.get(readable) as Readable<T> | undefined;
    if (known !== undefined) return known;
    const fresh = perFrame(readable);
    published.set(readable, fresh);
    return fresh;
  }, [readable]);
}
