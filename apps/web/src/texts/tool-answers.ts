/** Texts of the form that answers tool calls: loaded with it. */
export const toolAnswerTexts = {
  label: 'Results of the tool calls',
  what: (count: number) =>
    count === 1
      ? 'The model waits for what this tool comes to. Run it, and give its result here.'
      : 'The model waits for what these tools come to. Run them, and give their results here.',
  result: (name: string) => `Result of ${name}`,
  placeholder: 'Text or JSON',
  failed: 'It failed',
  noJson: 'This begins like JSON but is none; it goes as text.',
  send: (count: number) => (count === 1 ? 'Send the result' : 'Send the results'),
} as const;
