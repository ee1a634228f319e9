import type { Bedrock } from '@streambed/bedrock';
import type { FastifyInstance } from 'fastify';
import { pageOf, toListedModel } from './model-list.ts';

/**
 * `GET /models` and `/models/{id}`, below whatever prefix the scope has: every alias that can be called from here, and
 * the Claude models by Anthropic's own names. Any other name that a request may use (an id, an ARN) can be asked about.
 */
export function addModelList(scope: FastifyInstance, bedrock: Bedrock): void {
  scope.get('/models', async (request, reply) => {
    const byName = new Map(
      [...bedrock.models(), ...bedrock.anthropicModels()].map((listing) => [listing.name, listing]),
    );
    const models = [...byName.values()].map(toListedModel);
    return reply.headers(fresh).send(pageOf(models, request.query as Record<string, unknown>));
  });
  // An ARN holds slashes, and some clients don't encode them.
  scope.get<{ Params: { '*': string } }>('/models/*', async (request, reply) =>
    reply.headers(fresh).send(toListedModel(bedrock.model(request.params['*']))),
  );
}

const fresh = { 'cache-control': 'no-store' } as const;
