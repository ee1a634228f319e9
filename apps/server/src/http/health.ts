import type { FastifyInstance } from 'fastify';

/** `/healthz`: the process lives. `/readyz`: it takes new work. Neither asks the upstream anything. */
export function addHealth(app: FastifyInstance, isDraining: () => boolean): void {
  app.get('/healthz', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', (_request, reply) => {
    const draining = isDraining();
    return reply
      .code(draining ? 503 : 200)
      .header('cache-control', 'no-store')
      .send({ status: draining ? 'draining' : 'ready' });
  });
}
