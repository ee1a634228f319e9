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
    what: 'Editing. What followed stays in the other version.',
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
    compareWith: 'Compare with…',
    compared: (models: readonly string[]) => `${models.length} models: ${models.join(', ')}`,
    several: (count: number) => `${count} models`,
    notCompared: 'Ask one model only',
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
} as const;
