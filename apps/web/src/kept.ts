import { createStore, type Store } from '@streambed/client';

/**
 * A store that this browser remembers under `key`. `read` makes a value of what was kept, whatever it is; what can't
 * be kept (private windows may refuse) lasts as long as the page. Other tabs follow.
 */
export function createKept<T>(key: string, read: (kept: unknown) => T): Store<T> {
  const store = createStore(read(load(key)));
  window.addEventListener('storage', (event) => {
    if (event.key === key) store.set(read(load(key)));
  });
  return {
    ...store,
    set: (value) => {
      store.set(value);
      try {
        localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // Full or refused.
      }
    },
  };
}

function load(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

/** The fields of what was kept, where it is an object. */
export function fieldsOf(kept: unknown): Readonly<Record<string, unknown>> {
  return typeof kept === 'object' && kept !== null && !Array.isArray(kept) ? { ...kept } : {};
}
