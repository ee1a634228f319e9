/** Every shortcut there is: what does it, and what it does. `mod` is Ctrl, or ⌘ on a Mac. */
export const shortcuts = {
  palette: 'mod k',
  newConversation: 'mod shift o',
  compare: 'mod shift x',
  rail: 'mod b',
  parameters: 'mod .',
  focus: '/',
  stop: 'escape',
} as const;
