import { parseWith } from '@streambed/protocol';
import type { FastifyInstance } from 'fastify';
import { maxBodyBytes } from '../../../http/limits.ts';
import type { Asked } from '../../kit/dialect.ts';
import type { SurfaceKit } from '../../kit/surface-kit.ts';
import { openAiDialect } from '../shared/errors.ts';
import { ChatEncoder } from './chat-encoder.ts';
import { type ChatRequest, chatRequestSchema } from './chat-request.ts';
import { LostThinking } from './lost-thinking.ts';
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

/** Chat completions: one of it for all prefixes, since what one URL has answered may be sent back to another. */
export class ChatRoutes {
  readonly #kit: SurfaceKit;
  readonly #lost: LostThinking;

  constructor(kit: SurfaceKit) {
    this.#kit = kit;
    this.#lost = new LostThinking(kit.registry.log);
  }

  /** `POST /chat/completions`, below whatever prefix the scope has. */
  addTo(scope: FastifyInstance): void {
    scope.post('/chat/completions', { bodyLimit: maxBodyBytes }, async (request, reply) => {
      const chat = parseWith(chatRequestSchema, request.body);
      const whole = await this.#lost.restore(chat, this.#kit.ownerOf(request));
      return this.#kit.answer(chatDialect, askedOf(whole, this.#lost), request, reply);
    });
  }
}

/** What a request asks for. Throws what is wrong with it. */
function askedOf(chat: ChatRequest, lost: LostThinking): Asked {
  const { model, stream } = chat;
  return {
    ...toMessages(chat),
    stream: stream === true,
    encoder: (started) =>
      new ChatEncoder({
        started,
        model,
        includeUsage: chat.stream_options?.include_usage === true,
        dialect: chatDialect,
        remember: (callIds) => lost.remember(started.generation, callIds),
      }),
  };
}
