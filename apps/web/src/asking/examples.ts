import type { Question } from '@streambed/client';

/** What an example needs beside its words. */
export type ExampleKind = 'thinking' | 'tools';

/** A tool to call, so that a call can be seen. */
const weather = {
  name: 'get_weather',
  description: 'The weather of a place now.',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
    required: ['city'],
  },
};

/** The question of an example, asked in the way that shows what it is an example of. */
export function questionOf(
  prompt: string,
  kind: ExampleKind | undefined,
  how: { readonly model: string; readonly stream: boolean },
): Question {
  switch (kind) {
    case 'thinking':
      return {
        ...how,
        prompt,
        settings: { max_tokens: 8_192, thinking: { type: 'enabled', budget_tokens: 2_048 } },
      };
    case 'tools':
      return { ...how, prompt, settings: { tools: [weather] } };
    default:
      return { ...how, prompt };
  }
}
