/** Texts of where one asks: composer, files, models, parameters. */
export const askingTexts = {
  composer: {
    label: 'Message',
    placeholder: 'Ask something',
    send: 'Send',
    stop: 'Stop',
    queue: 'Add to the queue',
    save: 'Send as a new version',
    attach: 'Add files',
    parameters: 'Parameters',
    parametersSet: (count: number) => (count === 1 ? 'Parameters, 1 set' : `Parameters, ${count} set`),
    keys: { focus: '/', send: 'Enter', sendAlt: 'Ctrl Enter', stop: 'Esc' },
    keysMeaning:
      'Enter sends, Shift and Enter starts a new line, Escape stops, slash comes here, Arrow up edits the last message.',
    drop: 'Drop files to send them along.',
  },

  editing: {
    label: 'Editing',
    what: 'You are editing a message. What came after it stays in the other version.',
    cancel: 'Leave as it was',
  },

  queue: {
    label: 'Queue',
    waiting: (count: number) => (count === 1 ? '1 message waits' : `${count} messages wait`),
    held: 'The last answer did not come to its end, so the queue waits for you.',
    release: 'Send next',
    edit: 'Edit this message',
    remove: 'Remove this message',
    files: (count: number) => (count === 1 ? '1 file' : `${count} files`),
  },

  attachments: {
    label: 'Files',
    remove: (name: string) => `Remove ${name}`,
    pasted: 'Pasted image',
    reading: 'Reading',
    image: 'Image',
    note: {
      redrawn: (from: string, to: string) => `Made smaller to fit: ${from} became ${to}.`,
    },
    refused: {
      empty: 'This file is empty.',
      huge: 'This file is larger than 64 MB. Send the part of it that matters.',
      unopened: 'This file could not be opened. Folders cannot be sent; choose the files in it.',
      undecodable: 'This picture could not be read. Save it as PNG or JPEG and add that.',
      unknown: 'No model reads this kind of file. Send it as PDF, Word, Excel, CSV, Markdown or plain text.',
      noImages: (model: string) => `${model} does not see images. Choose a model with the image sign.`,
      noDocuments: (model: string) =>
        `${model} does not read documents. Choose a model with the document sign, or paste the text.`,
      imageBytes: (size: string, most: string) =>
        `${size} is over Bedrock's ${most} for an image. Save it smaller.`,
      documentBytes: (size: string, most: string) =>
        `${size} is over Bedrock's ${most} for a document. Split it, or send the part that matters.`,
      tooManyImages: (most: number) =>
        `A message carries at most ${most} images. Send the rest with the next one.`,
      tooManyDocuments: (most: number) =>
        `A message carries at most ${most} documents. Send the rest with the next one.`,
      total: (most: string) => `All files together may weigh ${most}. Send this one in a new conversation.`,
    },
  },

  model: {
    label: 'Model',
    choose: 'Choose a model',
    loading: 'Loading models',
    none: 'No models',
    search: 'Search',
    list: 'Models to ask',
    nothingFound: 'No model of that name. Try a maker, such as “meta”, or what it can, such as “images”.',
    named: 'Short names',
    notHere: 'Not usable here',
    why: (reason: string) => `Cannot be asked here: ${reason}.`,
    legend: (date: string) =>
      `Context in tokens · dollars per million tokens, read / written${date === '' ? '' : `, prices of ${date}`}`,
    can: { images: 'sees images', documents: 'reads documents', tools: 'calls tools', thinking: 'thinks' },
  },

  stream: {
    label: 'Stream',
    meaning: 'On: the answer appears as it is written. Off: it comes whole, at the end.',
  },

  settings: {
    title: 'Parameters',
    for: (model: string) => `For ${model}, from the next message on.`,
    reset: 'Reset all',
    unset: 'auto',
    names: {
      system: 'System prompt',
      temperature: 'Temperature',
      topP: 'Top P',
      maxTokens: 'Longest answer',
      thinking: 'Thinking',
      budget: 'Thinking budget',
      effort: 'Effort',
    },
    meanings: {
      system: 'What the model should know and heed throughout the conversation.',
      temperature: 'Low keeps to what is likely, high wanders.',
      topP: 'How much of what is likely is considered at all.',
      maxTokens: 'In tokens. The answer is cut there.',
      thinking: 'Whether the model thinks before it answers.',
      budget: 'How many tokens it may think.',
      effort: 'How much work goes into thinking and answering.',
    },
    systemPlaceholder: 'You are …',
    clear: (name: string) => `Leave ${name} to the model`,
    values: {
      default: 'Default',
      on: 'On',
      off: 'Off',
      none: 'None',
      low: 'Low',
      medium: 'Medium',
      high: 'High',
      xhigh: 'Very high',
      max: 'Highest',
    } as Readonly<Record<string, string>>,
    why: {
      system: 'This model takes no system prompt.',
      sampling: 'This model chooses its own sampling.',
      hot: 'Fixed while the model thinks.',
      oneOfTwo: 'This model takes one of temperature and Top P; temperature is set.',
      noThinking: 'This model does not think first.',
      alwaysThinks: 'This model always thinks.',
      thinkingOff: 'Switch thinking on to give it a budget.',
      noBudget: 'This model budgets its own thinking.',
      noEffort: 'This model takes no effort.',
    },
    presets: {
      label: 'Presets',
      none: 'Keep what is set under a name, and have it back with one click.',
      name: 'Name of the preset',
      save: 'Save',
      remove: (name: string) => `Delete the preset ${name}`,
    },
  },
} as const;
