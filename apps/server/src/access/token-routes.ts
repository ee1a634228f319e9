import { parseWith } from '@streambed/protocol';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { newGrantId } from './grant.ts';
import type { KeyRing } from './key-ring.ts';
import { forAnyCaller } from './route-access.ts';
import { modelPatterns, surfaceList, userName } from './terms.ts';

const day = 24 * 60 * 60;
const usualSeconds = 15 * 60;

/** What a token is asked for with. */
export const tokenOrderSchema = z.strictObject({
  /** Who will have it: their generations and conversations are their own. */
  subject: userName,
  scope: z
    .strictObject({
      surfaces: surfaceList.optional(),
      models: modelPatterns(32).optional(),
      may: z.enum(['generate', 'read'], 'expected generate or read').default('generate'),
    })
    .default({ may: 'generate' }),
  lifetime_seconds: z
    .int('expected whole seconds')
    .min(1)
    .max(day, 'expected at most a day')
    .default(usualSeconds),
});

/** `POST /streambed/v1/tokens`: a key makes a token for one of its users' browsers, which may do no more than it. */
export function addTokenRoutes(app: FastifyInstance, ring: KeyRing): void {
  app.post('/streambed/v1/tokens', { config: forAnyCaller }, async ({ body, credential }, reply) => {
    const { subject, scope, lifetime_seconds: lifetime } = parseWith(tokenOrderSchema, body);
    const { text, expires } = ring.grant('token', credential, {
      id: newGrantId(),
      expires: Math.floor(Date.now() / 1000) + lifetime,
      subject,
      ...(scope.surfaces !== undefined && { surfaces: scope.surfaces }),
      ...(scope.models !== undefined && { models: scope.models }),
      ...(scope.may === 'read' && { read: true }),
    });
    return reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ token: text, subject, scope, expires_at: expires });
  });
}
