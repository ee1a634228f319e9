import type { Bedrock } from '@streambed/bedrock';
import type { FastifyInstance } from 'fastify';
import { addSurface } from '../kit/add-surface.ts';
import type { SurfaceKit } from '../kit/surface-kit.ts';
import { type ChatRoutes, chatDialect } from './chat/routes.ts';
import { addEmbeddings, embeddingDialect } from './embeddings/routes.ts';
import { dialect as responsesDialect } from './responses/dialect.ts';
import type { ResponseRoutes } from './responses/routes.ts';

export interface OpenAiOptions {
  readonly kit: SurfaceKit;
  readonly bedrock: Bedrock;
  readonly chat: ChatRoutes;
  readonly responses: ResponseRoutes;
}

/** Chat completions, responses and embeddings, in OpenAI's words: its clients' base URL is `http://host` with this prefix. */
export function addOpenAi(
  app: FastifyInstance,
  prefix: string,
  { kit, bedrock, chat, responses }: OpenAiOptions,
): void {
  const names = ['openai'] as const;
  const embeddings = (scope: FastifyInstance) => addEmbeddings(scope, kit, bedrock);
  addSurface(app, { names, prefix, dialect: chatDialect, routes: (scope) => chat.addTo(scope) });
  addSurface(app, { names, prefix, dialect: responsesDialect, routes: (scope) => responses.addTo(scope) });
  addSurface(app, { names, prefix, dialect: embeddingDialect, routes: embeddings });
}
