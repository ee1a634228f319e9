import type { Bedrock } from '@streambed/bedrock';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Bodies } from '../bodies/bodies.ts';
import { anthropicDialect } from './anthropic/dialect.ts';
import { addMessages } from './anthropic/routes.ts';
import { addBedrock } from './bedrock/add-bedrock.ts';
import { addSurface } from './kit/add-surface.ts';
import type { Dialect } from './kit/dialect.ts';
import type { SurfaceKit } from './kit/surface-kit.ts';
import type { UnderWay } from './kit/under-way.ts';
import { addModelList } from './models/add-model-list.ts';
import { addOpenAi } from './openai/add-openai.ts';
import { ChatRoutes } from './openai/chat/routes.ts';
import type { ResponseStore } from './openai/responses/response-store.ts';
import { ResponseRoutes } from './openai/responses/routes.ts';
import { openAiDialect } from './openai/shared/errors.ts';

const openAi = openAiDialect({});

/** Below `/v1` both ecosystems live; Anthropic's clients always say which version they speak. */
function dialectOf(request: FastifyRequest): Dialect {
  return request.headers['anthropic-version'] === undefined ? openAi : anthropicDialect;
}

export interface CompatibleOptions {
  readonly kit: SurfaceKit;
  readonly bedrock: Bedrock;
  readonly bodies: Bodies;
  readonly responses: ResponseStore;
  readonly underWay: UnderWay;
}

/** The surfaces for clients of other ecosystems: changing a base URL is all that they need. */
export function addCompatibleSurfaces(app: FastifyInstance, options: CompatibleOptions): void {
  const { kit, bedrock } = options;
  const responses = new ResponseRoutes({ kit, store: options.responses, underWay: options.underWay });
  const models = (scope: FastifyInstance) => addModelList(scope, bedrock, kit);
  const messages = (scope: FastifyInstance) => addMessages(scope, kit, bedrock);
  addSurface(app, {
    names: ['anthropic', 'openai'],
    prefix: '/v1',
    dialect: dialectOf,
    routes: models,
    answersUnknown: true,
  });
  const anthropicOnly = { names: ['anthropic'], dialect: anthropicDialect } as const;
  const openAiOnly = { names: ['openai'], dialect: openAi } as const;
  addSurface(app, { ...anthropicOnly, prefix: '/v1', routes: messages });
  addSurface(app, { ...anthropicOnly, prefix: '/anthropic', routes: () => {}, answersUnknown: true });
  addSurface(app, { ...anthropicOnly, prefix: '/anthropic/v1', routes: messages });
  addSurface(app, { ...anthropicOnly, prefix: '/anthropic/v1', routes: models });
  addSurface(app, { ...openAiOnly, prefix: '/openai', routes: () => {}, answersUnknown: true });
  addSurface(app, { ...openAiOnly, prefix: '/openai/v1', routes: models });
  const openAiRoutes = { kit, bedrock, chat: new ChatRoutes(kit), responses };
  addOpenAi(app, '/v1', openAiRoutes);
  addOpenAi(app, '/openai/v1', openAiRoutes);
  addBedrock(app, kit, bedrock, options.bodies);
}
