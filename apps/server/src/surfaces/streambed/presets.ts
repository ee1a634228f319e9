import { parsePresetOrder } from '@streambed/protocol/presets';
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../../access/caller.ts';
import type { Presets } from '../../presets/presets.ts';

const path = '/streambed/v1/presets';
const fresh = { 'cache-control': 'no-store' } as const;

/** Our HTTP API for what is kept under names: list, save, delete. */
export function addPresets(app: FastifyInstance, presets: Presets): void {
  app.get(path, async (request, reply) =>
    reply.headers(fresh).send(await presets.list(callerOf(request).owner)),
  );

  app.post(path, async (request, reply) =>
    reply.headers(fresh).send(await presets.save(callerOf(request).owner, parsePresetOrder(request.body))),
  );

  app.delete<{ Params: { readonly name: string } }>(`${path}/:name`, async (request, reply) => {
    await presets.remove(callerOf(request).owner, request.params.name);
    return reply.code(204).headers(fresh).send();
  });
}
