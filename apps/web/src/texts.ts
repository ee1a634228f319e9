/** Every text of the page, in one place and one language; another language is another object of this shape. */
export const texts = {
  product: 'streambed',

  connection: {
    label: 'Connection',
    online: 'Model Online',
    offline: 'Model Offline',
    connecting: 'Connecting',
    demo: 'demo',
    demoMeaning: 'The demo model answers. It runs inside Streambed: no account, no cost.',
    bedrockMeaning: (region: string) => `Amazon Bedrock answers, in ${region}. Your AWS account is billed.`,
    lost: 'The server is out of reach.',
    retrying: (seconds: number) => `Trying again in ${seconds} s.`,
    retryingNow: 'Trying again now.',
    retryNow: 'Try now',
  },

  header: {
    newConversation: 'New conversation',
    theme: { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' },
  },

  welcome: {
    label: 'Welcome',
    title: 'Ask, and watch the answer flow in.',
    demo: 'The demo model is answering. It runs inside Streambed, needs no account and costs nothing; what it knows is Streambed itself.',
    demoNext: 'To talk to Amazon Bedrock, set AWS credentials in the environment and start again.',
    bedrock: (region: string) =>
      `You are connected to Amazon Bedrock in ${region}. Answers are billed to your AWS account.`,
    /** Each of the demo's shows something it can do. */
    examples: {
      emulator: [
        { topic: 'start', prompt: 'What is Streambed?' },
        { topic: 'code', prompt: 'Write a TypeScript function' },
        { topic: 'table', prompt: 'Show me all of Markdown, with a table and code' },
        { topic: 'long', prompt: 'Write 600 words' },
        { topic: 'next', prompt: 'How do I connect my AWS account?' },
      ],
      bedrock: [
        { topic: 'code', prompt: 'Write a TypeScript function that reads a WebSocket as an async iterator.' },
        { topic: 'table', prompt: 'Compare WebSocket, Server-Sent Events and plain HTTP in a table.' },
        { topic: 'long', prompt: 'Explain how TCP decides how fast to send, from the first packet on.' },
        { topic: 'think', prompt: 'What should I ask before I choose a database?' },
      ],
    },
  },

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
    image: 'Image',
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
