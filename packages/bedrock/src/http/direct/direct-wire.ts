import type { SecureContext } from 'node:tls';
import type { AnswerListener, Sending, Wire, WireCall } from '../wire.ts';
import { atTheTurn } from './at-the-turn.ts';
import { HttpError } from './http-error.ts';
import { SocketPool } from './socket-pool.ts';

export interface DirectOptions {
  readonly trust: () => SecureContext;
  /** Connections to one origin. */
  readonly connections: number;
}

/** So many origins have a pool; those of idle ones are forgotten first. */
const mostOrigins = 100;

/**
 * Sends straight on sockets of our own, HTTP/1.1 over TCP or TLS, with no proxy between: what one read of a socket brings is
 * one piece, however many HTTP chunks that are.
 */
export function createDirectWire({ trust, connections }: DirectOptions): Wire {
  const pools = new Map<string, SocketPool>();
  let isClosed = false;
  const poolOf = (origin: string) => {
    let pool = pools.get(origin);
    if (pool === undefined) {
      for (const [other, { isEmpty }] of pools) {
        if (pools.size >= mostOrigins && isEmpty) pools.delete(other);
      }
      pool = new SocketPool(origin, { trust, connections });
      pools.set(origin, pool);
    }
    return pool;
  };
  return {
    send(call: WireCall, listener: AnswerListener): Sending {
      if (!isClosed) return poolOf(call.origin).send(call, listener);
      queueMicrotask(() => listener.onError(new HttpError('HTTP_CLOSED')));
      return { pause() {}, resume() {}, abort() {} };
    },
    afterReads: atTheTurn,
    async close() {
      isClosed = true;
      for (const pool of pools.values()) pool.close();
      pools.clear();
    },
  };
}
