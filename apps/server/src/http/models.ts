import type { Bedrock } from '@streambed/bedrock';
import type { HelloFrame } from '@streambed/protocol/frames';
import type { FastifyInstance } from 'fastify';

/** `GET /streambed/v1/models`: the names that can be asked for, and what answers. */
export function addModels(app: FastifyInstance, bedrock: Bedrock, upstream: HelloFrame['upstream']): void {
  app.get('/streambed/v1/models', (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ models: bedrock.models(), upstream }),
  );
}
