import { StreambedError } from '@streambed/protocol';
import { parseClientFrame, type WatchFrame } from '@streambed/protocol/frames';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Access } from '../../access/access.ts';
import { callerOf } from '../../access/caller.ts';
import { Presence } from '../../access/presence.ts';
import { type TopicSources, topicChanges, topicRev } from '../../session/topics.ts';
import { sseEvent, sseHeaders, sseHeartbeat } from '../kit/sse.ts';
import { type SseLimits, SseResponse } from '../kit/sse-response.ts';
import type { UnderWay } from '../kit/under-way.ts';

export interface ChangeRoutesOptions extends Omit<TopicSources, 'owner'> {
  readonly access: Access;
  readonly sse: SseLimits;
  readonly underWay: UnderWay;
  /** Aborted when the server stops: a watch has no end of its own. */
  readonly stopping: AbortSignal;
}

/** What `watch` says on the socket, as Server-Sent Events. */
export function addChanges(app: FastifyInstance, options: ChangeRoutesOptions): void {
  const { access, sse, underWay, stopping, ...rest } = options;
  app.get('/streambed/v1/changes', (request, reply) => {
    const watch = async () => {
      const { topic, after } = watchOf(request);
      const caller = callerOf(request);
      const { credential } = request;
      const sources = { ...rest, owner: caller.owner };
      await topicRev(sources, topic);
      const response = new SseResponse(reply.raw, sse, sseHeartbeat);
      reply.hijack();
      response.begin({ ...reply.getHeaders(), ...sseHeaders });
      const nobody = new AbortController();
      new Presence({
        access,
        surface: 'streambed',
        identified: { caller, ...(credential !== undefined && { credential }) },
        closed: response.closed,
        onEnd: () => nobody.abort(),
      });
      const signal = AbortSignal.any([response.closed, stopping, nobody.signal]);
      try {
        for await (const change of topicChanges(sources, topic, after, signal)) {
          await response.send([sseEvent(change.type, JSON.stringify(change), change.rev)]);
        }
      } catch (thrown) {
        const error = StreambedError.from(thrown).toInfo(request.id);
        void response.send([sseEvent('error', JSON.stringify({ error, topic }))]);
      }
      response.end();
      return reply;
    };
    return underWay.track(watch());
  });
}

/** The query, read as a `watch` frame is. A browser that comes back says its place in `Last-Event-ID`. */
function watchOf(request: FastifyRequest): WatchFrame {
  const { topic, after } = request.query as Readonly<Record<string, unknown>>;
  const cursor = request.headers['last-event-id'] ?? after;
  const frame = { type: 'watch', topic, ...(cursor !== undefined && { after: Number(cursor) }) };
  return parseClientFrame(JSON.stringify(frame)) as WatchFrame;
}
