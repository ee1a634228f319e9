import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SurfaceName } from '../../access/caller.ts';
import { toStreambedError } from '../../http/to-response.ts';
import type { Dialect } from './dialect.ts';

/** A part of the URLs that speaks one ecosystem's words, its errors included. */
export interface Surface {
  /** What a key must be allowed to use; where several share the URLs, one of them. */
  readonly names: readonly SurfaceName[];
  /** What all of its paths begin with: `/v1`, or nothing. */
  readonly prefix: string;
  /** Which words a request gets where something is wrong with it. */
  readonly dialect: Dialect | ((request: FastifyRequest) => Dialect);
  readonly routes: (scope: FastifyInstance) => void;
  /** Whether it answers for all unknown paths below its prefix. Only one surface may, for each prefix. */
  readonly answersUnknown?: boolean;
}

/**
 * Adds the routes of a surface, so that whatever goes wrong there (a body that is no JSON or too large, a refused guest,
 * a throw) is said in its dialect.
 */
export function addSurface(
  app: FastifyInstance,
  { names, prefix, dialect, routes, answersUnknown = false }: Surface,
): void {
  const wordsFor = (request: FastifyRequest) => (typeof dialect === 'function' ? dialect(request) : dialect);
  const sendError = (thrown: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const words = wordsFor(request);
    const error = toStreambedError(thrown);
    if (error.code === 'SB_INTERNAL') request.log.error({ err: thrown, request: request.id }, 'fault');
    const { status, headers, body } = words.error(error, request.id);
    return reply
      .code(status)
      .headers({ ...words.headers?.(request.id), ...headers })
      .send(body);
  };
  app.register(
    async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { access: { to: 'callers', surfaces: names }, ...route.config };
      });
      scope.setErrorHandler((error, request, reply) => sendError(error, request, reply));
      scope.addHook('onRequest', async (request, reply) => {
        reply.headers(wordsFor(request).headers?.(request.id) ?? {});
      });
      // A route, not Fastify's handler of what isn't found: the page's own files are looked for before that.
      if (answersUnknown) {
        scope.all('/*', async ({ method, url }) => {
          throw new StreambedError('SB_NOT_FOUND', `There is nothing at ${method} ${url.split('?', 1)[0]}.`);
        });
      }
      routes(scope);
    },
    { prefix },
  );
}
