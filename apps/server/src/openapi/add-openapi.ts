import type { FastifyInstance, FastifyReply } from 'fastify';
import { readVersion } from '../paths.ts';
import { openApiDocument } from './document.ts';
import { referencePage } from './reference-page.ts';
import { referenceStyle } from './reference-style.ts';

/**
 * `GET /openapi.json`: what can be asked of this server. `GET /reference`: the same as a page. Both are made when somebody
 * first asks, and hold nothing of this server's configuration.
 */
export function addOpenApi(app: FastifyInstance): void {
  const document = once(() => openApiDocument(readVersion()));
  const text = once(() => JSON.stringify(document()));
  const page = once(() => referencePage(document()));
  const send = (reply: FastifyReply, type: string, body: string) =>
    reply.headers({ 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache' }).send(body);
  app.get('/openapi.json', (_request, reply) => send(reply, 'application/json', text()));
  app.get('/reference', (_request, reply) => send(reply, 'text/html', page()));
  app.get('/reference.css', (_request, reply) => send(reply, 'text/css', referenceStyle));
}

function once<T extends string | object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
