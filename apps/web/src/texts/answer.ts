/** Texts of answers and of the conversation they stand in. */
export const answerTexts = {
  conversation: {
    label: 'Conversation',
    you: 'You',
    answer: 'Answer',
    toEnd: 'Go to the end',
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
    chooseModel: 'Choose another model',
    startOver: 'New conversation',
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
    thinking: 'Thinking',
    thoughts: 'Thoughts',
    hidden: 'The model keeps these thoughts to itself.',
    tool: 'Tool call',
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

  meters: {
    label: 'Meters',
    model: (asked: string, answered: string) =>
      answered === '' ? `Asked as ${asked}.` : `Asked as ${asked}, answered by ${answered}.`,
    first: 'Until the first token came.',
    total: 'Until the whole answer came.',
    speed: 'Tokens written per second, after the first.',
    tokens: (input: string, output: string) => `${input} tokens read, ${output} tokens written.`,
    cached: (count: string) => ` ${count} of those read came from the cache.`,
    notCounted: 'an unknown number of',
    costExact: (date: string) => `What this answer cost, at the prices of ${date}.`,
    costDemo: (date: string) =>
      `What Bedrock would take for this, at the prices of ${date}. The demo model is free.`,
    costEstimated: (date: string) => `An estimate of what this answer cost, at the prices of ${date}.`,
  },
} as const;
