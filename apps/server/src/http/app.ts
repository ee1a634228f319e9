import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { StreambedError } from '@streambed/protocol';
import {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  fastify,
  LogController,
  type RouteOptions,
} from 'fastify';
import type { Access } from '../access/access.ts';
import { forAnyCaller } from '../access/route-access.ts';
import type { Bodies } from '../bodies/bodies.ts';
import type { ListenConfig } from '../config.ts';
import type { Logger } from '../log.ts';
import { randomText } from '../random-text.ts';
import type { Guard } from './guard.ts';
import { hopsOf } from './hops.ts';
import { headTooLarge, maxHeaderBytes, maxTextBytes, requestTimes } from './limits.ts';
import { addRequestContext } from './request-context.ts';
import { securityHeaders } from './security-headers.ts';
import { toResponse } from './to-response.ts';

export interface AppOptions {
  readonly listen: ListenConfig;
  readonly guard: Guard;
  readonly access: Access;
  readonly log: Logger;
  readonly bodies: Bodies;
  /** This server's own name in the hop header. */
  readonly hop: string;
  /** Told of every route that is added. */
  readonly onRoute?: ((route: RouteOptions) => void) | undefined;
}

/** The HTTP side without its routes: limits, the guard before everything, errors out of the one table. */
export function createApp({ listen, guard, access, log, bodies, hop, onRoute }: AppOptions): FastifyInstance {
  const app: FastifyInstance = fastify({
    loggerInstance: log as FastifyBaseLogger,
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    // What is said of a request names it: it needs no logger of its own.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: listen.trustProxy as boolean | string,
    bodyLimit: maxTextBytes,
    requestTimeout: requestTimes.wholeMs,
    keepAliveTimeout: requestTimes.idleMs,
    http: { headersTimeout: requestTimes.headMs, maxHeaderSize: maxHeaderBytes },
    // Model ids and ARNs are longer than most parameters.
    routerOptions: { maxParamLength: 2048 },
    genReqId: () => `req_${randomText(12)}`,
    rewriteUrl: ({ url }) => withoutBasePath(url ?? '/', listen.basePath),
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) => void sendError(reply as FastifyReply, error, request.id),
  });

  if (onRoute !== undefined) app.addHook('onRoute', onRoute);
  app.decorateRequest('caller', undefined);
  bodies.readJson(app);
  addRequestContext(app);
  app.decorateRequest('credential', undefined);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders).header('x-request-id', request.id);
    const { method, headers } = request;
    const path = (request.raw.url ?? '/').split('?', 1)[0] ?? '/';
    const { allowOrigin, page } = guard.check({ method, path, headers });
    if (hopsOf(headers).includes(hop)) throw new StreambedError('SB_LOOP');
    // The page's own links are relative: without the slash they would lead out of the base path.
    if (listen.basePath !== '' && request.originalUrl.split('?', 1)[0] === listen.basePath) {
      return reply.redirect(`${listen.basePath}/`, 308);
    }
    if (allowOrigin !== undefined) {
      reply.headers({ 'access-control-allow-origin': allowOrigin, vary: 'origin', ...exposed });
      if (method === 'OPTIONS') {
        return reply.code(204).headers(preflight(headers['access-control-request-headers'])).send();
      }
    }
    const route = request.is404 ? forAnyCaller : request.routeOptions.config;
    const peer = request.raw.socket.remoteAddress;
    Object.assign(request, access.admit({ method, headers, page, peer, url: request.raw.url }, route.access));
  });
  // Where a body can't be read the framework wants the connection closed: HTTP/2 has no word for that.
  app.addHook('onSend', (request, reply, _payload, done) => {
    if (request.raw.httpVersionMajor === 2) reply.removeHeader('connection');
    if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer');
    done();
  });
  app.addHook('onResponse', async (request, reply) => {
    const path = request.url.split('?', 1)[0];
    log.info(
      {
        request: request.id,
        method: request.method,
        path,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
  app.setErrorHandler((error, request, reply) => {
    if (StreambedError.from(error).code === 'SB_INTERNAL')
      log.error({ err: error, request: request.id }, 'fault');
    return sendError(reply, error, request.id);
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]}.`;
    return sendError(reply, new StreambedError('SB_NOT_FOUND', message), request.id);
  });
  return app;
}

/** Zod checks what comes. What the framework would check and write by schemas is never loaded: it takes long to start. */
function noSchemas(): never {
  throw new TypeError('routes have no schemas of the framework');
}

/** What pages of an allowed origin may read of an answer's head. */
const exposed = {
  'access-control-expose-headers':
    'x-streambed-generation, x-streambed-target, x-streambed-attempts, x-streambed-dropped, x-streambed-defaulted, x-request-id, request-id, x-should-retry, retry-after-ms',
} as const;

/**
 * What pages of an allowed origin may ask for: whatever headers they name. The official SDKs send a dozen of their own,
 * and an origin is allowed or it isn't.
 */
function preflight(wanted = 'authorization, content-type'): Readonly<Record<string, string>> {
  return {
    'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers': /^[\w-]+(\s*,\s*[\w-]+)*$/.test(wanted) ? wanted : '',
    'access-control-max-age': '600',
  };
}

function sendError(reply: FastifyReply, error: unknown, requestId: string): FastifyReply {
  const { status, headers, body } = toResponse(error, requestId);
  return reply.code(status).headers(headers).send(body);
}

/** A URL as our routes know it. A proxy may take the base path off or leave it: both are understood. */
export function withoutBasePath(url: string, basePath: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url;
  const rest = url.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}

/** What is not even HTTP, too large in its headers, or too slow. */
function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const tooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const tooSlow = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const { body, status } = toResponse(
    tooLarge
      ? headTooLarge()
      : new StreambedError('SB_BAD_REQUEST', tooSlow ? 'The request took too long.' : 'This is not HTTP.'),
  );
  const shown = tooLarge ? 431 : tooSlow ? 408 : status;
  socket.end(
    `HTTP/1.1 ${shown} ${STATUS_CODES[shown]}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
