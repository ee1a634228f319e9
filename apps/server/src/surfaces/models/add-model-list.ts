import type { Bedrock } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance } from 'fastify';
import type { SurfaceKit } from '../kit/surface-kit.ts';
import { pageOf, toListedModel } from './model-list.ts';

/**
 * `GET /models` and `/models/{id}`, below whatever prefix the scope has: every alias that can be called from here, and
 * the Claude models by Anthropic's own names, as far as the caller may use them. Any other name that a request may use (an id, an ARN) can be asked about.
 */
export function addModelList(scope: FastifyInstance, bedrock: Bedrock, kit: SurfaceKit): void {
  scope.get('/models', async (request, reply) => {
    const byName = new Map(
      [...bedrock.models(), ...bedrock.anthropicModels()].map((listing) => [listing.name, listing]),
    );
    const mine = [...byName.values()].filter(({ name }) => kit.mayUse(request, name));
    const models = mine.map(toListedModel);
    return reply.headers(fresh).send(pageOf(models, request.query as Record<string, unknown>));
  });
  // An ARN holds slashes, and some clients don't encode them.
  scope.get<{ Params: { '*': string } }>('/models/*', async (request, reply) => {
    const name = request.params['*'];
    if (!kit.mayUse(request, name)) throw new StreambedError('SB_MODEL_NOT_ALLOWED');
    return reply.headers(fresh).send(toListedModel(bedrock.model(name)));
  });
}

const fresh = { 'cache-control': 'no-store' } as const;
