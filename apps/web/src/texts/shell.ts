/** Texts of the page as a whole: header, connection, welcome. */
export const shellTexts = {
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
} as const;
