import { parseWith } from '@streambed/protocol';
import type { FastifyInstance } from 'fastify';
import { maxBodyBytes } from '../../../http/limits.ts';
import type { Asked } from '../../kit/dialect.ts';
import type { SurfaceKit } from '../../kit/surface-kit.ts';
import { openAiDialect } from '../shared/errors.ts';
import { ChatEncoder } from './chat-encoder.ts';
import { chatRequestSchema } from './chat-request.ts';
import { toMessages } from './to-messages.ts';

/** Errors of chat completions, Messages' fields under this API's names. */
export const chatDialect = openAiDialect({
  max_tokens: 'max_completion_tokens',
  messages: 'messages',
  system: 'messages',
  stop_sequences: 'stop',
  'output_config.format': 'response_format',
  'output_config.effort': 'reasoning_effort',
  'bedrock.reasoning_effort': 'reasoning_effort',
  metadata: 'user',
});

/** `POST /chat/completions`, below whatever prefix the scope has. */
export function addChatCompletions(scope: FastifyInstance, kit: SurfaceKit): void {
  scope.post('/chat/completions', { bodyLimit: maxBodyBytes }, (request, reply) =>
    kit.answer(chatDialect, askedOf(request.body), request, reply),
  );
}

/** What a body asks for. Throws what is wrong with it. */
export function askedOf(body: unknown): Asked {
  const chat = parseWith(chatRequestSchema, body);
  const { model, stream } = chat;
  const includeUsage = chat.stream_options?.include_usage === true;
  return {
    ...toMessages(chat),
    stream: stream === true,
    encoder: (started) => new ChatEncoder({ started, model, includeUsage, dialect: chatDialect }),
  };
}
