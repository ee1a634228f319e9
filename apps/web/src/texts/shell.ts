/** Texts of the page as a whole: header, connection, rail, drawer, palette, welcome. */
export const shellTexts = {
  product: 'streambed',

  connection: {
    label: 'Connection',
    online: 'Model Online',
    offline: 'Model Offline',
    connecting: 'Connecting',
    open: 'Open the connection doctor',
    demo: 'demo',
    demoMeaning: 'The demo model answers. It runs inside Streambed: no account, no cost.',
    bedrockMeaning: (region: string) => `Amazon Bedrock answers, in ${region}. Your AWS account is billed.`,
    lost: 'The server is out of reach.',
    pulled: 'You pulled the plug. It goes back in by itself.',
    retrying: (seconds: number) => `Trying again in ${seconds}\u00a0s.`,
    retryingNow: 'Trying again now.',
    retryNow: 'Try now',
  },

  header: {
    newConversation: 'New conversation',
    theme: { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' },
    palette: 'Everything',
    activity: 'Activity',
    settings: 'Settings',
    showRail: 'Show conversations',
    hideRail: 'Hide conversations',
  },

  rail: {
    label: 'Conversations',
  },

  absent: {
    gone: 'This conversation is not here: it was deleted, or never was.',
    reading: 'Reading the conversation',
    again: 'Try again',
  },

  drawer: {
    parameters: 'Parameters',
    connection: 'Connection doctor',
    settings: 'Settings',
    keys: 'Keyboard shortcuts',
    close: 'Close',
  },

  announcer: 'The answer, as it is written',

  welcome: {
    label: 'Welcome',
    title: 'Ask, and watch the answer flow in.',
    demo: 'The demo model is answering. It runs inside Streambed, needs no account and costs nothing; what it knows is Streambed itself.',
    demoNext: 'To talk to Amazon Bedrock, set AWS credentials in the environment and start again.',
    bedrock: (region: string) =>
      `You are connected to Amazon Bedrock in ${region}. Answers are billed to your AWS account.`,
    plug: {
      topic: 'plug',
      prompt: 'Pull the plug in mid-answer, and watch it go on',
      asks: 'Write 600 words',
    },
    /** Each of the demo's shows something it can do. */
    examples: {
      emulator: [
        { topic: 'start', prompt: 'What is Streambed?' },
        { topic: 'code', prompt: 'Write a TypeScript function' },
        { topic: 'table', prompt: 'Show me a table of all models' },
        { topic: 'math', prompt: 'Show me an equation' },
        { topic: 'think', prompt: 'What is 17 × 23 + 4?', with: 'thinking' },
        { topic: 'tools', prompt: 'What is 1234 × 5678?', with: 'tools' },
        { topic: 'long', prompt: 'Write 600 words' },
      ],
      bedrock: [
        { topic: 'code', prompt: 'Write a TypeScript function that reads a WebSocket as an async iterator.' },
        { topic: 'table', prompt: 'Compare WebSocket, Server-Sent Events and plain HTTP in a table.' },
        { topic: 'math', prompt: 'Derive the sum of the first n squares, step by step.' },
        { topic: 'long', prompt: 'Explain how TCP decides how fast to send, from the first packet on.' },
        { topic: 'think', prompt: 'What should I ask before I choose a database?' },
      ],
    },
  },
} as const;
