/** Texts of where one asks: composer, models, the stream switch. */
export const askingTexts = {
  composer: {
    label: 'Message',
    placeholder: 'Ask something',
    send: 'Send',
    stop: 'Stop',
    keys: { focus: '/', send: 'Enter', stop: 'Esc' },
    keysMeaning: 'Enter sends, Shift and Enter starts a new line, Escape stops, slash comes here.',
  },

  model: {
    label: 'Model',
    choose: 'Choose a model',
    loading: 'Loading models',
    none: 'No models',
  },

  stream: {
    label: 'Stream',
    meaning: 'On: the answer appears as it is written. Off: it comes whole, at the end.',
  },
} as const;
