import type { Embeddings } from '@streambed/bedrock';
import { emptyMessage, encodeEvent } from '@streambed/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Allowance, tokensOf } from '../../access/allowance.ts';
import { callerOf } from '../../access/caller.ts';
import { surfaceOf } from '../../access/route-access.ts';
import type { Fitted } from '../../generation/generation.ts';
import type { Owner } from '../../generation/owner.ts';
import type { GenerationRegistry } from '../../generation/registry.ts';
import type { StartOrder } from '../../generation/start-order.ts';
import { hopsOf } from '../../http/hops.ts';
import { relay } from '../../socket/relay.ts';
import { LogBatch } from '../../stream-log/log-batch.ts';
import { mergeDeltas } from '../../stream-log/merge.ts';
import { readWhole } from '../../stream-log/read-whole.ts';
import type { GenerationView } from '../../stream-log/stream-log.ts';
import { untilEnd } from '../../stream-log/until-end.ts';
import { recordEmbedding } from '../../usage/record-embedding.ts';
import type { UsageLedger } from '../../usage/usage-ledger.ts';
import type { AnswerEncoder, Asked, Dialect, Started } from './dialect.ts';
import { brokenEnd, errorOfEnd } from './ending.ts';
import { fittedHeaders } from './head.ts';
import { HeldReading } from './held-reading.ts';
import { sseHeaders } from './sse.ts';
import { type SseLimits, SseResponse } from './sse-response.ts';
import type { UnderWay } from './under-way.ts';

export interface SurfaceKitOptions {
  readonly registry: GenerationRegistry;
  readonly allowance: Allowance;
  /** How long a status is held until there is a first event. */
  readonly statusHoldMs: number;
  readonly sse: SseLimits;
  readonly underWay: UnderWay;
  readonly usage: Pick<UsageLedger, 'add'>;
}

/** One request that is being answered: the two ends of its connection. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Made before anything is awaited, so that a caller who leaves early is noticed. */
  readonly response: SseResponse;
}

/** What of a request it takes to start a generation. */
export type Ordered = Pick<Asked, 'request' | 'background' | 'clientId' | 'store'> &
  Pick<StartOrder, 'source'>;

/** What has been started for a request, and how it was fitted. */
export interface Run {
  readonly view: GenerationView;
  /** Changes while there are attempts. Absent where it runs no more. */
  readonly fitted: Fitted | undefined;
}

/**
 * The way of a compatible request, once for all ecosystems: a generation is started, its log is read, and an encoder
 * writes it in the ecosystem's words. What is thrown on the way is rendered by the surface's own error handler.
 */
export class SurfaceKit {
  readonly #options: SurfaceKitOptions;

  constructor(options: SurfaceKitOptions) {
    this.#options = options;
  }

  get registry(): GenerationRegistry {
    return this.#options.registry;
  }

  ownerOf(request: FastifyRequest): Owner {
    return callerOf(request).owner;
  }

  /** Whether whoever asks may use what a name leads to. */
  mayUse(request: FastifyRequest, model: string): boolean {
    return this.#options.allowance.mayUse(callerOf(request), model);
  }

  /** As which account of the configuration it calls, where it is no generation. */
  accountOf(request: FastifyRequest): { readonly account?: string } {
    return this.#options.allowance.accountOf(this.ownerOf(request).project);
  }

  /** Counts a request that runs something but uses no tokens. Throws where its caller may not, or not now. */
  permit(request: FastifyRequest, model?: string): void {
    this.registry.admission.check();
    this.#options.allowance.permit(callerOf(request), model);
  }

  /**
   * Runs a request for embeddings of a model, in a place of its own as a generation has, and writes down what it used.
   * `estimate` is how many tokens that may be. Throws what it throws, or where its caller may not, or not now.
   */
  async embed(
    { request, response }: Exchange,
    { model, estimate }: { readonly model: string; readonly estimate: () => number },
    embed: () => Promise<Embeddings>,
  ): Promise<Embeddings> {
    const caller = callerOf(request);
    const { owner, key } = caller;
    const surface = surfaceOf(request.routeOptions.config);
    const { admission } = this.registry;
    admission.check();
    const { settle } = this.#options.allowance.permit(caller, model, estimate);
    let tokens = 0;
    try {
      const leave = await admission.enter({ caller, socket: { running: 0 }, signal: response.closed });
      try {
        const embedded = await recordEmbedding(this.#options.usage, { owner, key, surface, model }, embed);
        tokens = tokensOf(embedded.usage);
        return embedded;
      } finally {
        leave();
      }
    } finally {
      settle(tokens);
    }
  }

  /** Opens an exchange: call it first of all, before anything is awaited. */
  open(dialect: Dialect, request: FastifyRequest, reply: FastifyReply): Exchange {
    return { request, reply, response: new SseResponse(reply.raw, this.#options.sse, dialect.heartbeat) };
  }

  /** Counts an answer as under way until it is done: a server that stops waits for it. */
  track<T>(answer: Promise<T>): Promise<T> {
    return this.#options.underWay.track(answer);
  }

  /** All of it: starts what is asked, and answers in a stream or whole. */
  answer(
    dialect: Dialect,
    asked: Asked,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    return this.#options.underWay.track(this.#answer(asked, this.open(dialect, request, reply)));
  }

  async #answer(asked: Asked, exchange: Exchange): Promise<FastifyReply> {
    const run = await this.start(asked, exchange);
    const encoder = asked.encoder(startedOf(run.view, exchange));
    return asked.stream
      ? this.stream(run, encoder, exchange, { asked })
      : this.whole(run, encoder, exchange, { asked });
  }

  /**
   * Starts a generation for an exchange; unless it is to run in the background, it ends when the caller leaves. The
   * headers that name it are set. Rejects as `registry.start` does.
   */
  async start(asked: Ordered, { request, reply, response }: Exchange): Promise<Run> {
    const { registry } = this.#options;
    const surface = surfaceOf(request.routeOptions.config);
    const view = await registry.start({
      caller: callerOf(request),
      ...(surface !== undefined && { surface }),
      request: asked.request,
      ...(asked.source !== undefined && { source: asked.source }),
      socket: { running: 0 },
      store: asked.store ?? 'none',
      hops: hopsOf(request.headers),
      bulk: request.bulk,
      gone: response.closed,
      ...(asked.clientId !== undefined && { clientId: asked.clientId }),
    });
    const { generation } = view.record;
    if (asked.background !== true) whenAborted(response.closed, () => registry.log.cancel(generation));
    reply.header('x-streambed-generation', generation);
    return { view, fitted: registry.fitted(generation) };
  }

  /**
   * Sends what comes, to the end of the generation or until the caller leaves. The status is held until it is known;
   * unless `held` is false: then what follows `after` is sent. Throws what a generation failed with before its first event.
   */
  async stream(
    run: Run,
    encoder: AnswerEncoder,
    { reply, response }: Exchange,
    {
      after = 0,
      held = true,
      asked,
    }: { readonly after?: number; readonly held?: boolean; readonly asked?: Asked } = {},
  ): Promise<FastifyReply> {
    const { registry, statusHoldMs } = this.#options;
    const { generation } = run.view.record;
    const signal = response.closed;
    const reading = held ? new HeldReading(registry.log, generation, signal) : undefined;
    try {
      const end = await reading?.untilStatusIsKnown(statusHoldMs);
      reply.headers(fittedHeaders(run.fitted ?? run.view.stop?.bedrock, asked));
      const failed = end && errorOfEnd(end);
      if (failed !== undefined) throw failed;
      reply.hijack();
      if (signal.aborted) return reply;
      response.begin({ ...reply.getHeaders(), ...sseHeaders });
      void response.send(encoder.begin?.() ?? []);
      await this.#relay(
        reading ?? registry.log.read(generation, { after, signal }),
        after,
        encoder,
        response,
      );
      return reply;
    } finally {
      void reading?.end();
    }
  }

  /** Sends the answer when it is complete: the status says how it ended. */
  async whole(
    { view, fitted }: Run,
    encoder: AnswerEncoder,
    { reply, response }: Exchange,
    { asked }: { readonly asked?: Asked } = {},
  ): Promise<FastifyReply> {
    const { log } = this.#options.registry;
    const { generation } = view.record;
    await untilEnd(log, generation, view.stop === undefined ? view.head : 0, response.closed);
    const { message = emptyMessage, stop } = await readWhole(log, generation, response.closed);
    reply.headers(fittedHeaders(fitted ?? view.stop?.bedrock, asked));
    if (stop === undefined) return reply.hijack();
    const failed = errorOfEnd(stop);
    if (failed !== undefined) throw failed;
    return reply.header('cache-control', 'no-store').send(encoder.whole(message, stop));
  }

  /** A log that can't be read to its end becomes an end that says so; never rejects, never ends well what didn't. */
  async #relay(
    batches: AsyncIterable<LogBatch>,
    after: number,
    encoder: AnswerEncoder,
    response: SseResponse,
  ): Promise<void> {
    let head = after;
    const encode = (batch: LogBatch, merge: boolean) => {
      head = batch.last;
      return encoder.encode(merge && encoder.numbered !== true ? mergedBatch(batch) : batch);
    };
    try {
      await relay(batches, response, encode);
    } catch (thrown) {
      try {
        void response.send(encode(new LogBatch(head + 1, [encodeEvent(brokenEnd(thrown))]), false));
      } catch {
        response.destroy();
      }
    }
    response.end();
  }
}

/** For those whose events have no seq. */
function mergedBatch(batch: LogBatch): LogBatch {
  return new LogBatch(batch.first, mergeDeltas(batch));
}

/** What an encoder is told of its answer. */
function startedOf({ record }: GenerationView, { request }: Exchange): Started {
  return { generation: record.generation, createdAt: record.startedAt, requestId: request.id };
}

function whenAborted(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then();
  else signal.addEventListener('abort', then, { once: true });
}
