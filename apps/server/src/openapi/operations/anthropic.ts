import { messagesBodySchema } from '../../surfaces/anthropic/to-request.ts';
import {
  integer,
  json,
  listOf,
  type Operation,
  object,
  oneOf,
  streamedOrWhole,
  string,
} from '../operation.ts';

const message = object({
  id: string,
  type: oneOf('message'),
  role: oneOf('assistant'),
  model: string,
  content: listOf(object({ type: string })),
  stop_reason: { type: ['string', 'null'] },
  usage: object({ input_tokens: integer, output_tokens: integer }),
});

const about = { tag: 'Anthropic', errors: 'AnthropicError' } as const;

const headers = [
  { name: 'anthropic-version', what: 'picks the shape of errors', schema: string },
  { name: 'anthropic-beta', what: 'beta names, separated by commas', schema: string },
] as const;

const example = {
  model: 'claude-haiku',
  max_tokens: 256,
  messages: [{ role: 'user', content: 'Hello' }],
} as const;

const body = { schema: messagesBodySchema, example } as const;

/** Anthropic's Messages API below `prefix`. */
export function anthropicOperations(prefix: string): readonly Operation[] {
  return [
    {
      ...about,
      method: 'post',
      path: `${prefix}/messages`,
      summary: 'An answer, in a stream or whole',
      headers,
      body,
      answers: { 200: streamedOrWhole('The message, or Anthropic’s stream of events', message) },
    },
    {
      ...about,
      method: 'post',
      path: `${prefix}/messages/count_tokens`,
      summary: 'How many tokens a request has, as Bedrock counts them',
      headers,
      body,
      answers: { 200: json('The count', object({ input_tokens: integer })) },
    },
  ];
}
