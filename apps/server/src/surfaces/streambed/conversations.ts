import { StreambedError } from '@streambed/protocol';
import { parseConversationChange, parseNewConversation } from '@streambed/protocol/conversations';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../access/caller.ts';
import type { Conversations } from '../../conversations/conversations.ts';
import { goneSignal } from '../../http/gone.ts';

const path = '/streambed/v1/conversations';
const fresh = { 'cache-control': 'no-store' } as const;

export interface ConversationRoutesOptions {
  readonly conversations: Conversations;
}

interface Named {
  Params: { readonly id: string };
}

interface NamedTurn {
  Params: { readonly id: string; readonly turn: string };
}

/** Our HTTP API for histories: list, search, make, read, name, pin, delete, have back, erase. */
export function addConversations(app: FastifyInstance, options: ConversationRoutesOptions): void {
  const { conversations } = options;
  const ownerOf = (request: FastifyRequest) => callerOf(request).owner;

  app.get(path, async (request, reply) => {
    const { limit, before, q, deleted } = request.query as Readonly<Record<string, unknown>>;
    return reply.headers(fresh).send(
      await conversations.list(
        ownerOf(request),
        {
          ...(limit !== undefined && { limit: count(limit, 'limit', 1, 200) }),
          ...(before !== undefined && { before: String(before) }),
          ...(q !== undefined && String(q).trim() !== '' && { query: String(q).slice(0, 400) }),
          deleted: deleted === '1' || deleted === 'true',
        },
        goneSignal(reply),
      ),
    );
  });

  app.post(path, async (request, reply) => {
    const item = await conversations.create(ownerOf(request), parseNewConversation(request.body));
    return reply
      .code(201)
      .headers({ ...fresh, location: `conversations/${item.id}` })
      .send(item);
  });

  app.get<Named>(`${path}/:id`, async (request, reply) => {
    const { after } = request.query as Readonly<Record<string, unknown>>;
    const rev = after === undefined ? 0 : count(after, 'after', 0, Number.MAX_SAFE_INTEGER);
    const tree = conversations.tree(ownerOf(request), request.params.id, rev, goneSignal(reply));
    return sendJson(reply, await tree);
  });

  app.get<NamedTurn>(`${path}/:id/turns/:turn`, async (request, reply) => {
    const { id, turn } = request.params;
    return sendJson(reply, await conversations.turn(ownerOf(request), id, turn, goneSignal(reply)));
  });

  app.patch<Named>(`${path}/:id`, async (request, reply) => {
    const change = parseConversationChange(request.body);
    return reply.headers(fresh).send(await conversations.change(ownerOf(request), request.params.id, change));
  });

  app.delete<Named>(`${path}/:id`, async (request, reply) => {
    const { erase } = request.query as Readonly<Record<string, unknown>>;
    if (erase === '1' || erase === 'true') {
      await conversations.erase(ownerOf(request), request.params.id);
      return reply.code(204).headers(fresh).send();
    }
    return reply.headers(fresh).send(await conversations.remove(ownerOf(request), request.params.id));
  });

  app.post<Named>(`${path}/:id/restore`, async (request, reply) =>
    reply.headers(fresh).send(await conversations.restore(ownerOf(request), request.params.id)),
  );
}

/** JSON that is written already. */
function sendJson(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
  return reply
    .headers(fresh)
    .type('application/json; charset=utf-8')
    .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

function count(value: unknown, field: string, least: number, most: number): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  const message = `${field}: expected a whole number from ${least} to ${most}`;
  throw new StreambedError('SB_BAD_REQUEST', message, { field });
}
