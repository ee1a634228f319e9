import type { Bedrock } from '@streambed/bedrock';
import type { HelloFrame } from '@streambed/protocol/frames';
import type { FastifyInstance } from 'fastify';
import type { Allowance } from '../access/allowance.ts';
import { callerOf } from '../access/caller.ts';

export interface ModelRoutesOptions {
  readonly bedrock: Bedrock;
  readonly allowance: Allowance;
  readonly upstream: NonNullable<HelloFrame['upstream']>;
}

const fresh = { 'cache-control': 'no-store' } as const;

/**
 * `GET /streambed/v1/models`: the names that whoever asks may ask for, and what answers. With `?include=catalogue` also every
 * model that is known, whether it can be called from here, and why not; this may ask AWS for the account's lists.
 */
export function addModels(app: FastifyInstance, { bedrock, allowance, upstream }: ModelRoutesOptions): void {
  app.get<{ Querystring: { include?: string } }>('/streambed/v1/models', async (request, reply) => {
    const caller = callerOf(request);
    const may = (name: string) => allowance.mayUse(caller, name);
    const models = bedrock.models().filter(({ name }) => may(name));
    if (request.query.include !== 'catalogue') return reply.headers(fresh).send({ models, upstream });
    const catalogue = await bedrock.catalogue();
    const known = catalogue.models.filter(({ id, aliases, profiles }) =>
      [id, ...aliases, ...profiles].some(may),
    );
    return reply.headers(fresh).send({ models, upstream, catalogue: { ...catalogue, models: known } });
  });
}
