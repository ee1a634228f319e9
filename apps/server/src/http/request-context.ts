import { AsyncLocalStorage } from 'node:async_hooks';
import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance } from 'fastify';

/** The request for whose sake something is done, wherever that is. */
export interface RequestInHand {
  readonly id: string;
  /** Answers it with a fault, or breaks its answer off. */
  fail(): void;
}

const inHand = new AsyncLocalStorage<RequestInHand>();

/** What is being done for a request knows of it from here on: a fault that nobody catches can be laid to it. */
export function addRequestContext(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const fail = () => {
      if (reply.raw.writableEnded) return;
      if (reply.sent || reply.raw.headersSent) reply.raw.destroy();
      else reply.send(new StreambedError('SB_INTERNAL'));
    };
    inHand.run({ id: request.id, fail }, done);
  });
}

/** The request that the code which runs now runs for, where it runs for one. */
export function requestInHand(): RequestInHand | undefined {
  return inHand.getStore();
}
