/** Texts of the activity panel: loaded with it. */
export const activityTexts = {
  running: (count: number) =>
    count === 0 ? 'Nothing is running.' : count === 1 ? '1 is running.' : `${count} are running.`,
  list: 'Generations',
  empty: 'Whatever asks this server shows up here the moment it starts: this page, a script, any client.',
  noSocket: 'A proxy blocks WebSockets, so nothing can be shown live here. The connection doctor says more.',
  surfaces: {
    streambed: 'Streambed',
    'model-socket': 'model socket',
    anthropic: 'Anthropic API',
    openai: 'OpenAI API',
    bedrock: 'Bedrock API',
  } as Readonly<Record<string, string>>,
  phases: { waiting: 'Waiting', thinking: 'Thinking', writing: 'Writing' },
  states: {
    running: 'Running',
    completed: 'Complete',
    cancelled: 'Stopped',
    failed: 'Failed',
    interrupted: 'Interrupted',
    gone: 'Gone',
  },
  stopping: 'Stopping',
  stop: 'Stop',
  stopNamed: (model: string) => `Stop ${model}`,
  look: 'Look in',
  hide: 'Hide',
  peek: 'What it has written last',
  nothingYet: 'Nothing is written yet.',
  key: (key: string) => `key ${key}`,
  attempts: (count: number) => `attempt ${count}`,
} as const;
