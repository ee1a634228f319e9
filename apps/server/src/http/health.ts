import type { FastifyInstance } from 'fastify';
import { open } from '../access/route-access.ts';

/** `/healthz`: the process lives. `/readyz`: it takes new work. Neither asks the upstream anything. */
export function addHealth(app: FastifyInstance, isDraining: () => boolean): void {
  app.get('/healthz', { config: open }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  app.get('/readyz', { config: open }, (_request, reply) => {
    const draining = isDraining();
    return reply
      .code(draining ? 503 : 200)
      .header('cache-control', 'no-store')
      .send({ status: draining ? 'draining' : 'ready' });
  });
}
