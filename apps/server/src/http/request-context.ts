import { AsyncLocalStorage } from 'node:async_hooks';
import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance } from 'fastify';

/** The request for whose sake something is done, wherever that is. */
export interface RequestInHand {
  /** The request's own id; on a socket, the socket's. */
  readonly id: string;
  /** The generation that runs for it, as far as it is about that. */
  readonly generation?: string;
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

/** Does something for a request: that and all it begins knows of it. */
export function forRequest<T>(request: RequestInHand, work: () => T): T {
  return inHand.run(request, work);
}

/**
 * Does something for a request that came by the socket of that name. Where anything it began fails and nobody catches
 * that, whoever waits for it would wait for ever: then it rejects with `SB_INTERNAL`.
 */
export function untilFault<T>(id: string, work: () => Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const fail = () => reject(new StreambedError('SB_INTERNAL'));
  forRequest({ id, fail }, () => work().then(resolve, reject));
  return promise;
}

/** The request that the code which runs now runs for, where it runs for one. */
export function requestInHand(): RequestInHand | undefined {
  return inHand.getStore();
}
