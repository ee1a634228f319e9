/** Texts of answers and of the conversation they stand in. */
export const answerTexts = {
  conversation: {
    label: 'Conversation',
    you: 'You',
    answer: 'Answer',
    toEnd: 'Go to the end',
    more: 'Show all of it',
    less: 'Show less',
    continued: 'gone on from here',
  },

  phase: {
    connecting: 'Connecting',
    waiting: 'Waiting for the first token',
    waitingWhole: 'Waiting for the whole answer',
    thinking: 'Thinking',
    writing: 'Writing',
    resuming: 'Resuming',
    stopping: 'Stopping',
    completed: 'Answer complete.',
    cancelled: 'Stopped',
    failed: 'Failed',
    interrupted: 'Interrupted',
  },

  actions: {
    copy: 'Copy',
    copied: 'Copied',
    tryAgain: 'Try again',
    goOn: 'Go on',
    edit: 'Edit',
    copyQuestion: 'Copy the message',
    regenerate: 'Answer again',
    regenerateWith: 'Answer again with',
    more: 'More',
    copyText: 'Copy as plain text',
    chooseModel: 'Choose another model',
    startOver: 'New conversation',
  },

  versions: {
    question: 'Versions of the message',
    answer: 'Answers',
    before: 'The one before',
    after: 'The next one',
    of: (place: number, count: number) => `${place} of ${count}`,
  },

  notes: {
    failed: 'The answer failed.',
    kept: 'What was written so far is kept above.',
    nothingKept: 'Nothing had been written yet.',
    stopped: 'Stopped. What was written is kept.',
    stoppedEmpty: 'Stopped before the first token.',
    empty: 'The model ended its answer without writing anything.',
    maxTokens: 'The answer reached its length limit and ends here.',
    contextFull: "The conversation filled the model's context, so the answer ends here.",
    refusal: 'The model declined to go on.',
    guardrail: 'A guardrail stopped the answer here.',
  },

  blocks: {
    thinking: (seconds: number) => (seconds < 1 ? 'Thinking' : `Thinking · ${seconds} s`),
    thoughts: (seconds: number | undefined) =>
      seconds === undefined ? 'Thoughts' : seconds < 1 ? 'Thought for a moment' : `Thought for ${seconds} s`,
    hidden: 'The model keeps these thoughts to itself.',
    tool: 'Tool call',
    toolNamed: (name: string) => `Tool call: ${name}`,
    toolWriting: 'Writing its arguments',
    toolThere: 'Run by the model’s provider',
    toolCut: 'The answer ended before these arguments did.',
    toolResult: 'Result',
    toolFailed: 'The tool failed',
    document: 'Document',
    unknown: (kind: string) => `A block of the kind “${kind}”, which this page cannot show.`,
    code: (language: string) => (language === '' ? 'Code' : `Code, ${language}`),
    table: 'Table',
    wrap: 'Wrap long lines',
    diagram: {
      label: 'Diagram',
      source: 'Source',
      show: 'Diagram',
      failed: 'This diagram can’t be drawn; its source is above.',
      alt: (source: string) => `Diagram of: ${source.length > 400 ? `${source.slice(0, 400)}…` : source}`,
    },
    image: 'Image',
    imageMeaning: (host: string) =>
      `This page loads no pictures from elsewhere: ${host} would learn that you read this. A click opens it in a new tab.`,
    note: (number: number) => `Note ${number}`,
    notes: 'Notes',
    noteBack: (number: number) => `Back to where note ${number} is mentioned`,
    source: (number: number) => `Source ${number}`,
    sources: 'Sources',
    task: { done: 'Done', open: 'To do' },
  },

  compare: {
    open: 'Side by side',
    withAnother: 'Compare with another model',
    best: 'The best of these answers.',
  },

  meters: {
    label: 'Meters',
    /** Over a figure, where figures stand side by side. */
    short: { first: 'First', speed: 'Speed', tokens: 'Tokens', cost: 'Cost' },
    none: '–',
    model: (asked: string, answered: string) =>
      answered === '' ? `Asked as ${asked}.` : `Asked as ${asked}, answered by ${answered}.`,
    first: 'Until the first token came.',
    total: 'Until the whole answer came.',
    speed: 'Tokens written per second, after the first.',
    tokens: (input: string, output: string) => `${input} tokens read, ${output} tokens written.`,
    cached: (count: string) => `${count} cached`,
    cachedMeaning: 'So many of the tokens read came from the cache, at a lower price.',
    perSecond: (count: string) => `${count} tok/s`,
    written: (count: string) => `${count} tokens`,
    notCounted: 'an unknown number of',
    costExact: (date: string) => `What this answer cost, at the prices of ${date}.`,
    costDemo: (date: string) =>
      `What Bedrock would take for this, at the prices of ${date}. The demo model is free.`,
    costEstimated: (date: string) => `An estimate of what this answer cost, at the prices of ${date}.`,
  },

  totals: {
    label: 'Conversation',
    answers: (count: number) => `${count} answers`,
    meaning: 'All answers of this conversation, on all of its branches.',
    demo: 'All answers of this conversation, on all of its branches. The demo model is free.',
  },
} as const;
