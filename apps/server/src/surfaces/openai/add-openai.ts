import type { Bedrock } from '@streambed/bedrock';
import type { FastifyInstance } from 'fastify';
import { addSurface } from '../kit/add-surface.ts';
import type { SurfaceKit } from '../kit/surface-kit.ts';
import { addChatCompletions, chatDialect } from './chat/routes.ts';
import { addEmbeddings, embeddingDialect } from './embeddings/routes.ts';

/** Chat completions and embeddings, in OpenAI's words: its clients' base URL is `http://host` with this prefix. */
export function addOpenAi(app: FastifyInstance, prefix: string, kit: SurfaceKit, bedrock: Bedrock): void {
  const chat = (scope: FastifyInstance) => addChatCompletions(scope, kit);
  const embeddings = (scope: FastifyInstance) => addEmbeddings(scope, kit, bedrock);
  addSurface(app, { prefix, dialect: chatDialect, routes: chat });
  addSurface(app, { prefix, dialect: embeddingDialect, routes: embeddings });
}
