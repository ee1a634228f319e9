import type { FastifyInstance } from 'fastify';
import { open } from '../access/route-access.ts';
import type { StoreName } from '../metrics/metrics.ts';

export interface Health {
  readonly draining: boolean;
  /** What can't be written. Requests that need none of it are answered all the same, so it is ready. */
  readonly failing: readonly StoreName[];
}

/** `/healthz`: the process lives. `/readyz`: it takes new work. Neither asks the upstream anything. */
export function addHealth(app: FastifyInstance, look: () => Health): void {
  app.get('/healthz', { config: open }, (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
  app.get('/readyz', { config: open }, (_request, reply) => {
    const { draining, failing } = look();
    return reply
      .code(draining ? 503 : 200)
      .header('cache-control', 'no-store')
      .send({ status: draining ? 'draining' : 'ready', ...(failing.length > 0 && { failing }) });
  });
}
