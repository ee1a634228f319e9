import { parseWith, StreambedError } from '@streambed/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { type Access, checkSurface } from './access.ts';
import type { Caller } from './caller.ts';
import { cookieIn, cookieName, fromText } from './credentials.ts';
import { newGrantId } from './grant.ts';
import type { KeyStore } from './key-store.ts';
import { open } from './route-access.ts';

const path = '/streambed/v1/session';
/** A browser stays signed in for a week. */
const lifetimeSeconds = 7 * 24 * 60 * 60;

/** What signs a browser in. */
export const signInSchema = z.strictObject({ key: z.string().trim().min(1, 'expected a key').max(1_000) });

export interface SessionRoutesOptions {
  readonly access: Access;
  readonly store: KeyStore;
  /** Empty, or `/streambed`. */
  readonly basePath: string;
  /** What browsers call this server is https, whatever arrives here. */
  readonly isSecure: boolean;
}

/**
 * Signing in: a key that was typed once becomes a cookie that no script can read. The guard has refused every foreign
 * page before; the cookie itself is sent by our own page only.
 */
export function addSessionRoutes(app: FastifyInstance, options: SessionRoutesOptions): void {
  const { access, store, basePath, isSecure } = options;
  const { ring } = access;

  const withCookie = (request: FastifyRequest, reply: FastifyReply, value: string, seconds: number) => {
    const secure = isSecure || request.protocol === 'https' ? '; Secure' : '';
    return reply.headers({
      'cache-control': 'no-store',
      'set-cookie': `${cookieName}=${value}; Path=${basePath}/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`,
    });
  };
  const describe = (caller: Caller) => ({
    required: ring.keyed,
    signed_in: caller.by !== 'nobody',
    project: caller.owner.project,
    user: caller.owner.user,
    ...(caller.key !== undefined && { key: caller.key, name: ring.nameOf(caller.key) }),
    ...(caller.expiresAt !== undefined && { expires_at: Math.floor(caller.expiresAt / 1000) }),
  });

  app.get(path, { config: open }, async ({ method, headers }, reply) => {
    reply.header('cache-control', 'no-store');
    try {
      return reply.send(describe(access.identify({ method, headers, page: 'unknown' }).caller));
    } catch (thrown) {
      // What can't be known just now is no "no".
      const error = StreambedError.from(thrown);
      if (error.type !== 'authentication') throw error;
      return reply.send({ required: true, signed_in: false });
    }
  });

  app.post(path, { config: open }, async (request, reply) => {
    const { key } = parseWith(signInSchema, request.body);
    if (!ring.keyed)
      return reply.header('cache-control', 'no-store').send({ required: false, signed_in: false });
    const credential = fromText(key);
    if (credential.by !== 'key')
      throw new StreambedError('SB_KEY_REQUIRED', 'Sign in with a key, not with a token.');
    checkSurface(ring.verify(credential), ['streambed']);
    const expires = Math.floor(Date.now() / 1000) + lifetimeSeconds;
    const session = ring.grant('session', credential, { id: newGrantId(), expires });
    const caller = ring.verify({ by: 'session', text: session.text });
    const seconds = session.expires - Math.floor(Date.now() / 1000);
    return withCookie(request, reply, session.text, Math.max(seconds, 0)).send(describe(caller));
  });

  app.delete(path, { config: open }, async (request, reply) => {
    const cookie = cookieIn(request.headers);
    withCookie(request, reply, '', 0);
    const session = cookie === undefined ? undefined : ring.read('session', cookie);
    if (session !== undefined) {
      const owner = { project: 'default', user: session.key };
      await store.endSession(session.id, owner, session.expires * 1000);
      await ring.refresh();
    }
    return reply.code(204).send();
  });
}
