import { texts } from '../texts.ts';

/** Every shortcut there is: what does it, and what it does. `mod` is Ctrl, or ⌘ on a Mac. */
export const shortcuts = {
  palette: 'mod k',
  newConversation: 'mod shift o',
  rail: 'mod b',
  parameters: 'mod .',
  focus: '/',
  stop: 'escape',
} as const;

/** What is listed, in the words of keyboards. */
export const listedKeys: readonly (readonly [keys: string, does: string])[] = [
  [shortcuts.palette, texts.keys.palette],
  [shortcuts.newConversation, texts.keys.newConversation],
  [shortcuts.rail, texts.keys.rail],
  [shortcuts.parameters, texts.keys.parameters],
  ['/', texts.keys.focus],
  ['Enter', texts.keys.send],
  ['shift Enter', texts.keys.newline],
  ['↑', texts.keys.edit],
  ['Esc', texts.keys.stop],
];
