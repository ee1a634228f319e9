import type { FastifyInstance } from 'fastify';
import { sseEvent, sseHeaders } from '../surfaces/kit/sse.ts';

/** So many events, so far apart: long enough to tell a held stream from one that flows. */
const ticks = 5;
const tickMs = 120;

/**
 * `GET /streambed/v1/probe`: a stream of events that says nothing, for the connection doctor of a client. Whether its
 * events arrive one by one tells what lies between; the first one names what the request carried on its way here.
 */
export function addProbe(app: FastifyInstance): void {
  app.get('/streambed/v1/probe', async ({ headers, raw }, reply) => {
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...sseHeaders });
    const seen = {
      http: raw.httpVersion,
      via: headers.via !== undefined,
      forwarded: ['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded'].filter(
        (name) => headers[name] !== undefined,
      ),
    };
    response.write(sseEvent('seen', JSON.stringify(seen)));
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      response.write(sseEvent('tick', String(sent)));
      if (sent === ticks) response.end();
    }, tickMs);
    response.once('close', () => clearInterval(timer));
    return reply;
  });
}
