import type { Bedrock } from '@streambed/bedrock';
import type { HelloFrame } from '@streambed/protocol/frames';
import type { FastifyInstance } from 'fastify';

/**
 * `GET /streambed/v1/models`: the names that can be asked for, and what answers. With `?include=catalogue` also every
 * model that is known, whether it can be called from here, and why not; this may ask AWS for the account's lists.
 */
export function addModels(app: FastifyInstance, bedrock: Bedrock, upstream: NonNullable<HelloFrame['upstream']>): void {
  app.get<{ Querystring: { include?: string } }>('/streambed/v1/models', async ({ query }, reply) => {
    const all = query.include === 'catalogue' ? { catalogue: await bedrock.catalogue() } : {};
    return reply.header('cache-control', 'no-store').send({ models: bedrock.models(), upstream, ...all });
  });
}
