import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { maxBodyBytes } from '../../../http/limits.ts';
import type { GenerationView } from '../../../stream-log/stream-log.ts';
import { untilEnd } from '../../../stream-log/until-end.ts';
import type { SurfaceKit } from '../../kit/surface-kit.ts';
import type { UnderWay } from '../../kit/under-way.ts';
import { refuse } from '../shared/refuse.ts';
import { dialect } from './dialect.ts';
import { inputItems, pageOf } from './input-items.ts';
import { responseIdOf } from './item-ids.ts';
import type { ResponseObject } from './output-types.ts';
import { formOf, ResponseAnswer, sealedThinking } from './response-answer.ts';
import { ResponseEncoder, type ResponseForm } from './response-encoder.ts';
import { ResponseHistory } from './response-history.ts';
import { responseInProgress } from './response-object.ts';
import type { ResponseStore, StoredResponse } from './response-store.ts';
import { readBody } from './start-response.ts';
import { toolNames } from './to-tools.ts';

export interface ResponsesOptions {
  readonly kit: SurfaceKit;
  readonly store: ResponseStore;
  readonly underWay: UnderWay;
}

interface Named {
  Params: { readonly id: string };
}

/** A stored response and its generation, as the log has it now. */
interface Found {
  readonly stored: StoredResponse;
  /** Undefined where the log has let go of it. */
  readonly view: GenerationView | undefined;
}

const fresh = { 'cache-control': 'no-store' } as const;
const never = new AbortController().signal;

/** The Responses API on our generations: the stream log's face for OpenAI's clients. */
export class ResponseRoutes {
  readonly #kit: SurfaceKit;
  readonly #store: ResponseStore;
  readonly #history: ResponseHistory;
  readonly #underWay: UnderWay;

  constructor({ kit, store, underWay }: ResponsesOptions) {
    this.#kit = kit;
    this.#store = store;
    this.#underWay = underWay;
    this.#history = new ResponseHistory(store, kit.registry.log);
  }

  /** Adds the routes, below whatever prefix the scope has. */
  addTo(scope: FastifyInstance): void {
    scope.post('/responses', { bodyLimit: maxBodyBytes }, (request, reply) =>
      this.#underWay.track(this.#create(request, reply)),
    );
    scope.get<Named>('/responses/:id', (request, reply) =>
      this.#underWay.track(this.#retrieve(request, reply)),
    );
    scope.post<Named>('/responses/:id/cancel', (request, reply) => this.#cancel(request, reply));
    scope.delete<Named>('/responses/:id', (request, reply) => this.#delete(request, reply));
    scope.get<Named>('/responses/:id/input_items', (request, reply) => this.#inputItems(request, reply));
  }

  async #create(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const exchange = this.#kit.open(dialect, request, reply);
    const owner = this.#kit.ownerOf(request);
    const { params, asked, stored } = await readBody(request.body, owner, this.#history, request.bulk);
    const run = await this.#kit.start(asked, exchange);
    const { generation, startedAt } = run.view.record;
    if (stored) {
      const length = Number(request.headers['content-length']);
      await this.#keep({ generation, owner, params, startedAt }, asked.store === 'resume', length);
    }
    const encoder = asked.encoder({ generation, createdAt: startedAt, requestId: request.id });
    const background = asked.background === true;
    if (asked.stream) return this.#kit.stream(run, encoder, exchange, { held: !background, asked });
    if (!background) return this.#kit.whole(run, encoder, exchange, { asked });
    const form = formOf(params, new Map(), { generation, startedAt });
    return reply.headers(fresh).send(responseInProgress(form.frame));
  }

  /** What can't be kept as it was asked is not run either. */
  async #keep(stored: StoredResponse, durable: boolean, length: number): Promise<void> {
    try {
      await this.#store.put(stored, { durable, ...(length > 0 && { size: length }) });
    } catch (thrown) {
      this.#kit.registry.log.cancel(stored.generation);
      throw thrown;
    }
  }

  async #retrieve(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const query = request.query as Readonly<Record<string, unknown>>;
    const after = startingAfter(query);
    const exchange = this.#kit.open(dialect, request, reply);
    const found = await this.#find(request);
    const { stored, view } = found;
    const form = formFor(stored, query);
    if (query.stream !== 'true') {
      return reply.headers(fresh).send(await this.#standing(found, form));
    }
    if (view === undefined) throw new StreambedError('SB_EXPIRED');
    reply.header('x-streambed-generation', stored.generation);
    const run = { view, fitted: this.#kit.registry.fitted(stored.generation) };
    return this.#kit.stream(run, new ResponseAnswer(form, after), exchange, { held: false });
  }

  async #cancel(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const { stored } = await this.#find(request);
    const { registry } = this.#kit;
    await registry.cancel(stored.owner, { generation: stored.generation });
    const found = await this.#find(request);
    return reply.headers(fresh).send(await this.#standing(found, formFor(stored)));
  }

  async #delete(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const { stored, view } = await this.#find(request);
    const { log } = this.#kit.registry;
    const { generation } = stored;
    if (view !== undefined && view.stop === undefined) {
      log.cancel(generation);
      await untilEnd(log, generation, view.head, never);
    }
    await this.#store.forget(generation);
    await log.erase(generation);
    return reply.headers(fresh).send({ id: responseIdOf(generation), object: 'response', deleted: true });
  }

  async #inputItems(request: FastifyRequest<Named>, reply: FastifyReply): Promise<FastifyReply> {
    const { stored } = await this.#find(request);
    const { owner, params, generation } = stored;
    const before = await this.#history.upTo(owner, params.previous_response_id);
    const earlier = await Promise.all(
      before.map(async (one) => {
        const { output } = await this.#standing(await this.#viewed(one), formFor(one));
        return [...inputItems(one.params, responseIdOf(one.generation)), ...output];
      }),
    );
    const items = [...earlier.flat(), ...inputItems(params, responseIdOf(generation))];
    return reply.headers(fresh).send(pageOf(items, request.query as Readonly<Record<string, unknown>>));
  }

  /** The response as it stands: from the log, or from what was kept of it. */
  async #standing({ stored, view }: Found, form: ResponseForm): Promise<ResponseObject> {
    if (view === undefined) {
      if (stored.answer === undefined) throw new StreambedError('SB_EXPIRED');
      return ResponseEncoder.whole(form, stored.answer.message, stored.answer.stop);
    }
    const encoder = new ResponseEncoder(form);
    if (view.head === 0) return encoder.response;
    const batches = this.#kit.registry.log.read(stored.generation, { after: 0, signal: never });
    for await (const { events, last } of batches) {
      for (const { event } of events) encoder.read(event);
      if (last >= view.head) break;
    }
    return encoder.response;
  }

  /** What the owner has under that id. Throws `SB_NOT_FOUND`. */
  async #find(request: FastifyRequest<Named>): Promise<Found> {
    const { id } = request.params;
    const stored = await this.#store.get(this.#kit.ownerOf(request), id);
    if (stored === undefined) {
      throw new StreambedError('SB_NOT_FOUND', `Response with id '${id}' not found.`);
    }
    return this.#viewed(stored);
  }

  async #viewed(stored: StoredResponse): Promise<Found> {
    const { owner, generation } = stored;
    const view = await this.#kit.registry.log.find(owner, { generation });
    return { stored, view: view?.expired === true ? undefined : view };
  }
}

function formFor(stored: StoredResponse, query: Readonly<Record<string, unknown>> = {}): ResponseForm {
  const form = formOf(stored.params, toolNames(stored.params), stored);
  const include = [query.include, query['include[]']].flat();
  return include.includes(sealedThinking) ? { ...form, sealed: true } : form;
}

/** The number of the last event that the reader has; -1 for none. */
function startingAfter({ starting_after: after }: Readonly<Record<string, unknown>>): number {
  if (after === undefined) return -1;
  if (typeof after === 'string' && /^\d{1,15}$/.test(after)) return Number(after);
  return refuse('starting_after', 'expected a sequence_number, 0 or more');
}
