import { createStore } from '@streambed/client';

export type Theme = 'system' | 'light' | 'dark';

/** What this browser remembers. */
export interface Preferences {
  /** The model last chosen; empty until one was. */
  readonly model: string;
  readonly stream: boolean;
  readonly theme: Theme;
}

/** `public/theme.js` reads the same key before the first paint. */
const key = 'streambed.preferences';

export const preferences = createStore<Preferences>(read());

/** Changes some of them, and keeps that where the browser lets us. */
export function prefer(change: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...change });
  try {
    localStorage.setItem(key, JSON.stringify(preferences.get()));
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}

function read(): Preferences {
  let stored: Record<string, unknown> = {};
  try {
    stored = Object(JSON.parse(localStorage.getItem(key) ?? '{}'));
  } catch {
    // Unreadable or refused: the defaults.
  }
  return {
    model: typeof stored.model === 'string' ? stored.model : '',
    stream: stored.stream !== false,
    theme: stored.theme === 'light' || stored.theme === 'dark' ? stored.theme : 'system',
  };
}
