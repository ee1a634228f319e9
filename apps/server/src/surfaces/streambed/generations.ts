import { type ClientId, clientIdPattern, type GenerationId, StreambedError } from '@streambed/protocol';
import { parseGenerationOrder } from '@streambed/protocol/frames';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../../access/caller.ts';
import type { Conversations } from '../../conversations/conversations.ts';
import type { Owner } from '../../generation/owner.ts';
import type { GenerationRegistry } from '../../generation/registry.ts';
import { toStart } from '../../generation/start-order.ts';
import { hopsOf } from '../../http/hops.ts';
import { maxBodyBytes } from '../../http/limits.ts';
import { toResponse } from '../../http/to-response.ts';
import { relay } from '../../socket/relay.ts';
import { eraseGeneration } from '../../stream-log/erase-generation.ts';
import { readWhole } from '../../stream-log/read-whole.ts';
import type { GenerationName, GenerationView } from '../../stream-log/stream-log.ts';
import { untilEnd } from '../../stream-log/until-end.ts';
import { toThrown } from '../kit/ending.ts';
import { findGeneration } from '../kit/find-generation.ts';
import { fittedHeaders } from '../kit/head.ts';
import { HeldReading } from '../kit/held-reading.ts';
import { sseEvent, sseHeaders, sseHeartbeat } from '../kit/sse.ts';
import { type SseLimits, SseResponse } from '../kit/sse-response.ts';
import type { UnderWay } from '../kit/under-way.ts';
import { sseEvents, standingOf } from './answers.ts';

const path = '/streambed/v1/generations';

export interface GenerationRoutesOptions {
  readonly registry: GenerationRegistry;
  /** How long a status is held until there is a first event. */
  readonly statusHoldMs: number;
  readonly sse: SseLimits;
  readonly underWay: UnderWay;
  readonly conversations: Conversations;
}

/** Our HTTP API: start, inspect, read, cancel and erase generations. The same log and the same readers as `/ws`. */
export class GenerationRoutes {
  readonly #options: GenerationRoutesOptions;

  constructor(app: FastifyInstance, options: GenerationRoutesOptions) {
    this.#options = options;
    const { underWay } = options;
    app.post(path, { bodyLimit: maxBodyBytes }, (request, reply) =>
      underWay.track(this.#start(request, reply)),
    );
    app.get<Named>(`${path}/:name`, (request, reply) => this.#inspect(request, reply));
    app.delete<Named>(`${path}/:name`, (request, reply) => this.#erase(request, reply));
    app.get<Named>(`${path}/:name/events`, (request, reply) => underWay.track(this.#events(request, reply)));
    app.post<Named>(`${path}/:name/cancel`, (request, reply) => this.#cancel(request, reply));
  }

  async #start(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { registry, statusHoldMs } = this.#options;
    // Made before anything is awaited, so that a caller who leaves early is noticed.
    const response = new SseResponse(reply.raw, this.#options.sse, sseHeartbeat);
    const { id: inBody, ...order } = parseGenerationOrder(request.body);
    const id = idOf(request.headers['idempotency-key'], inBody);
    const view = await registry.start({
      ...toStart(order),
      caller: callerOf(request),
      surface: 'streambed',
      socket: { running: 0 },
      hops: hopsOf(request.headers),
      bulk: request.bulk,
      gone: response.closed,
      ...(id !== undefined && { clientId: id }),
    });
    const { generation } = view.record;
    const fitted = registry.fitted(generation);
    reply.headers({ 'x-streambed-generation': generation, ...fittedHeaders(fitted) });
    if (prefersAsync(request.headers.prefer)) {
      return reply
        .code(202)
        .headers({ 'preference-applied': 'respond-async', location: `generations/${generation}`, ...fresh })
        .send(standingOf(view));
    }
    const detach = registry.attach(generation);
    try {
      if (order.stream === false) {
        await untilEnd(registry.log, generation, view.stop === undefined ? view.head : 0, response.closed);
        reply.headers(fittedHeaders(fitted));
        return await this.#sendWhole(view, request, reply, response.closed);
      }
      const reading = new HeldReading(registry.log, generation, response.closed);
      try {
        const stop = await reading.untilStatusIsKnown(statusHoldMs);
        // Only now it is known how often it was tried.
        reply.headers(fittedHeaders(fitted));
        if (stop?.error !== undefined) throw toThrown(stop.error);
        return await this.#sendEvents({ view, reading }, reply, response);
      } finally {
        void reading.end();
      }
    } finally {
      detach();
    }
  }

  async #inspect(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const view = await this.#find(request);
    const { include } = request.query as { include?: unknown };
    const whole =
      include === 'message'
        ? await readWhole(
            this.#options.registry.log,
            view.record.generation,
            new AbortController().signal,
            view.head,
          )
        : {};
    return reply
      .headers(fresh)
      .send({ ...standingOf(view), ...(view.stop && { stop: view.stop }), ...whole });
  }

  async #erase(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const { registry, conversations } = this.#options;
    const { owner } = callerOf(request);
    const { name } = request.params;
    // A conversation keeps it for longer than the log does.
    const wasKept = await conversations.eraseAnswer(owner, name as GenerationId);
    const view = await this.#find(request).catch((thrown) => {
      if (wasKept) return undefined;
      throw thrown;
    });
    if (view === undefined) return reply.code(204).headers(fresh).send();
    const { record } = view;
    await eraseGeneration(registry.log, owner, record.generation);
    if (record.conversation !== undefined) await conversations.eraseAnswer(owner, record.generation);
    return reply.code(204).headers(fresh).send();
  }

  async #events(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const view = await this.#find(request);
    const asked = cursorOf(request);
    // This is how a browser's EventSource is told to come back no more.
    if (view.stop !== undefined && asked === view.head) return reply.code(204).headers(fresh).send();
    const detach = this.#options.registry.attach(view.record.generation);
    try {
      const response = new SseResponse(reply.raw, this.#options.sse, sseHeartbeat);
      return await this.#sendEvents({ view, after: asked }, reply, response);
    } finally {
      detach();
    }
  }

  async #cancel(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const { registry } = this.#options;
    const { owner } = callerOf(request);
    const name = await this.#name(owner, request.params.name);
    const cancelled = await registry.cancel(owner, name);
    if (cancelled === undefined) throw new StreambedError('SB_NOT_FOUND');
    return reply.headers(fresh).send({ ...(name.id !== undefined && { id: name.id }), ...cancelled });
  }

  /**
   * Sends what a reading that has begun brings, or what follows `after`, to the end of the generation or until the reader
   * leaves.
   */
  async #sendEvents(
    { view, after = 0, reading }: { view: GenerationView; after?: number; reading?: HeldReading },
    reply: FastifyReply,
    response: SseResponse,
  ): Promise<FastifyReply> {
    const { log } = this.#options.registry;
    const { generation } = view.record;
    const reset = after > view.head;
    reply.hijack();
    response.begin({ ...reply.getHeaders(), ...sseHeaders });
    const standing = JSON.stringify(standingOf(view));
    const opening = reading === undefined ? 'attached' : 'accepted';
    void response.send([sseEvent(opening, standing), ...(reset ? [sseEvent('reset', standing)] : [])]);
    const from = reset ? 0 : after;
    try {
      const batches = reading ?? log.read(generation, { after: from, signal: response.closed });
      await relay(batches, response, sseEvents, view.head > from);
    } catch (thrown) {
      const error = StreambedError.from(thrown).toInfo(reply.request.id);
      void response.send([sseEvent('error', JSON.stringify({ error }))]);
    }
    response.end();
    return reply;
  }

  /** Sends the message of an answer that has ended: the status says how. */
  async #sendWhole(
    view: GenerationView,
    request: FastifyRequest,
    reply: FastifyReply,
    closed: AbortSignal,
  ): Promise<FastifyReply> {
    const { log } = this.#options.registry;
    const { generation, owner } = view.record;
    const whole = await readWhole(log, generation, closed);
    const now = (await log.find(owner, { generation })) ?? view;
    const body = { ...standingOf(now), ...whole };
    const failure = whole.stop?.error;
    if (failure === undefined) return reply.headers(fresh).send(body);
    const { status, headers, body: errorBody } = toResponse(toThrown(failure), request.id);
    return reply
      .code(status)
      .headers(headers)
      .send(JSON.stringify({ ...JSON.parse(errorBody), ...body }));
  }

  async #find(request: FastifyRequest<Named>): Promise<GenerationView> {
    const { registry } = this.#options;
    const { owner } = callerOf(request);
    return findGeneration(registry, owner, await this.#name(owner, request.params.name));
  }

  /** `gen_…`, or the caller's own id, which may look the same. */
  async #name(owner: Owner, name: string): Promise<GenerationName> {
    const generation = name as GenerationId;
    if ((await this.#options.registry.log.find(owner, { generation })) !== undefined) return { generation };
    if (!clientIdPattern.test(name)) throw new StreambedError('SB_NOT_FOUND');
    return { id: name as ClientId };
  }
}

interface Named {
  Params: { readonly name: string };
}

const fresh = { 'cache-control': 'no-store' } as const;

/** The caller's own id: the Idempotency-Key, or the body's `id`. */
function idOf(header: string | string[] | undefined, inBody: ClientId | undefined): ClientId | undefined {
  if (header === undefined) return inBody;
  const key = String(header);
  if (!clientIdPattern.test(key)) {
    const message = 'Idempotency-Key: expected 1 to 64 of A-Z a-z 0-9 _ -, such as a UUID';
    throw new StreambedError('SB_BAD_REQUEST', message, { field: 'idempotency-key' });
  }
  if (inBody !== undefined && inBody !== key) {
    const message = 'The Idempotency-Key and the id of the body are not the same. Send one of them.';
    throw new StreambedError('SB_BAD_REQUEST', message, { field: 'id' });
  }
  return key as ClientId;
}

function prefersAsync(header: string | string[] | undefined): boolean {
  return String(header ?? '')
    .split(/[,;]/)
    .some((part) => part.trim().toLowerCase() === 'respond-async');
}

/** Where a reader stands. A browser that comes back says it in `Last-Event-ID`, though its URL still has the old one. */
function cursorOf(request: FastifyRequest): number {
  const { after } = request.query as { after?: unknown };
  const cursor = request.headers['last-event-id'] ?? after ?? '0';
  if (typeof cursor === 'string' && /^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw new StreambedError('SB_BAD_REQUEST', 'after: expected a seq, 0 or more', { field: 'after' });
}
