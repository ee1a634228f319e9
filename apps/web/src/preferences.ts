import { createKept, fieldsOf } from './kept.ts';

export type Theme = 'system' | 'light' | 'dark';
/** Which key sends; the other one starts a new line. */
export type SendKey = 'enter' | 'mod-enter';

/** What this browser remembers. */
export interface Preferences {
  /** The model last chosen; empty until one was. */
  readonly model: string;
  readonly stream: boolean;
  readonly theme: Theme;
  /** Whether the list of conversations stands beside the page, where there is room. */
  readonly rail: boolean;
  readonly sendKey: SendKey;
  /** What a screen reader hears of an answer while it is written. */
  readonly announce: 'sentences' | 'states';
}

/** `public/theme.js` reads the same key before the first paint. */
export const preferences = createKept<Preferences>('streambed.preferences', (kept) => {
  const stored = fieldsOf(kept);
  return {
    model: typeof stored.model === 'string' ? stored.model : '',
    stream: stored.stream !== false,
    theme: stored.theme === 'light' || stored.theme === 'dark' ? stored.theme : 'system',
    rail: stored.rail !== false,
    announce: stored.announce === 'states' ? 'states' : 'sentences',
    sendKey: stored.sendKey === 'mod-enter' ? 'mod-enter' : 'enter',
  };
});

/** Changes some of them. */
export function prefer(change: Partial<Preferences>): void {
  preferences.set({ ...preferences.get(), ...change });
}
