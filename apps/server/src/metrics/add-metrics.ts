import type { FastifyInstance } from 'fastify';
import { forOperators, surfaceOf } from '../access/route-access.ts';
import type { Metrics, Readings } from './metrics.ts';

/**
 * `GET /metrics`, for programs on this machine and for admins; and a count of every answer. Called before the other
 * routes are added: what was added before isn't counted.
 */
export function addMetrics(app: FastifyInstance, metrics: Metrics, read: () => Readings): void {
  app.addHook('onResponse', async (request, { statusCode }) => {
    const surface = request.is404 ? undefined : surfaceOf(request.routeOptions.config);
    metrics.answered(surface, statusCode);
  });
  app.get('/metrics', { config: forOperators }, async (_request, reply) =>
    reply
      .header('cache-control', 'no-store')
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(await metrics.text(read())),
  );
}
