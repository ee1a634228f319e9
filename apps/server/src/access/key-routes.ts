import { parseWith } from '@streambed/protocol';
import type { FastifyInstance } from 'fastify';
import type { KeyRing } from './key-ring.ts';
import type { KeyStore, MadeKey } from './key-store.ts';
import { forAdmins } from './route-access.ts';
import { describeKey, toGraceMs, toKeyChange, toNewKey } from './terms.ts';

const path = '/streambed/v1/keys';
const fresh = { 'cache-control': 'no-store' } as const;

interface Named {
  Params: { readonly id: string };
}

/** `/streambed/v1/keys`: make, list, limit, rotate and revoke, for admins. A key itself is in one answer, once. */
export function addKeyRoutes(app: FastifyInstance, store: KeyStore, ring: KeyRing): void {
  const made = ({ key, secret }: MadeKey) => ({ ...describeKey(key), key: secret });
  /** What was changed counts from this answer on. */
  const settled = async <T>(change: Promise<T>): Promise<T> => {
    const result = await change;
    await ring.refresh();
    return result;
  };

  app.get(path, { config: forAdmins }, async (_request, reply) => {
    const keys = await store.list();
    return reply.headers(fresh).send({ keys: keys.map((key) => describeKey(key)) });
  });
  app.post(path, { config: forAdmins }, async (request, reply) => {
    const key = await settled(store.create(parseWith(toNewKey, request.body)));
    return reply.code(201).headers(fresh).send(made(key));
  });
  app.patch<Named>(`${path}/:id`, { config: forAdmins }, async (request, reply) => {
    const change = parseWith(toKeyChange, request.body);
    return reply.headers(fresh).send(describeKey(await settled(store.update(request.params.id, change))));
  });
  app.post<Named>(`${path}/:id/rotate`, { config: forAdmins }, async (request, reply) => {
    const graceMs = parseWith(toGraceMs, request.body ?? {});
    return reply.headers(fresh).send(made(await settled(store.rotate(request.params.id, graceMs))));
  });
  app.delete<Named>(`${path}/:id`, { config: forAdmins }, async (request, reply) =>
    reply.headers(fresh).send(describeKey(await settled(store.revoke(request.params.id)))),
  );
}
