import type { AwsQuestion, Bedrock, RelayOperation } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Bodies } from '../../bodies/bodies.ts';
import { hopsOf } from '../../http/hops.ts';
import { maxBodyBytes } from '../../http/limits.ts';
import { addSurface } from '../kit/add-surface.ts';
import { errorOfEnd } from '../kit/ending.ts';
import type { SurfaceKit } from '../kit/surface-kit.ts';
import { bedrockDialect } from './dialect.ts';
import { onlyAllowed } from './only-allowed.ts';
import { decodeSegment, readModelPath } from './path.ts';
import { RelayedAnswer } from './relayed-answer.ts';

const relayed = new Set<string>([
  'invoke',
  'invoke-with-response-stream',
  'converse',
  'converse-stream',
] satisfies RelayOperation[]);

/**
 * Bedrock's own API: what an AWS SDK asks of bedrock-runtime, and the lists of models that it asks of the control plane.
 * Bodies pass through as they are, both ways.
 */
export function addBedrock(app: FastifyInstance, kit: SurfaceKit, bedrock: Bedrock, bodies: Bodies): void {
  const surface = new BedrockSurface(kit, bedrock);
  const add = (prefix: string, routes: (scope: FastifyInstance) => void) =>
    addSurface(app, {
      names: ['bedrock'],
      prefix,
      dialect: bedrockDialect,
      routes: (scope) => {
        takeAnyBody(scope, bodies);
        routes(scope);
      },
    });
  add('/model', (scope) => {
    // Its request has no end before its answer has: it must be refused before its body is read.
    scope.addHook('onRequest', async ({ url }) => refuseTwoWay(url));
    scope.post('/*', (request, reply) => surface.onModel(request, reply));
  });
  add('/guardrail', (scope) => {
    scope.post<Guardrail>('/:id/version/:version/apply', (request, reply) => {
      const { id, version } = request.params;
      return surface.ask(
        { operation: 'ApplyGuardrail', guardrail: id, version, body: wholeBodyOf(request) },
        request,
        reply,
      );
    });
  });
  add('/guardrail-checks', (scope) => {
    scope.post('/invoke', (request, reply) =>
      surface.ask({ operation: 'InvokeGuardrailChecks', body: wholeBodyOf(request) }, request, reply),
    );
  });
  add('/async-invoke', (scope) => {
    for (const path of ['/', '/*']) scope.all(path, refuseAsync);
  });
  for (const [path, one, list] of [
    ['/foundation-models', 'GetFoundationModel', 'ListFoundationModels'],
    ['/inference-profiles', 'GetInferenceProfile', 'ListInferenceProfiles'],
  ] as const) {
    add(path, (scope) => {
      scope.get('/', (request, reply) =>
        surface.ask({ operation: list, query: queryOf(request) }, request, reply),
      );
      scope.get('/*', (request, reply) =>
        surface.ask({ operation: one, id: decodeSegment(restOf(request.url, path)) }, request, reply),
      );
    });
  }
}

interface Guardrail {
  Params: { readonly id: string; readonly version: string };
}

class BedrockSurface {
  readonly #kit: SurfaceKit;
  readonly #bedrock: Bedrock;

  constructor(kit: SurfaceKit, bedrock: Bedrock) {
    this.#kit = kit;
    this.#bedrock = bedrock;
  }

  async onModel(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { model, operation } = readModelPath(restOf(request.url, '/model'));
    if (operation === 'count-tokens') {
      return this.ask({ operation: 'CountTokens', model, body: wholeBodyOf(request) }, request, reply);
    }
    if (!relayed.has(operation)) {
      throw new StreambedError('SB_NOT_FOUND', `There is no operation ${operation} on a model.`);
    }
    return this.#kit.track(this.#relay(model, operation as RelayOperation, request, reply));
  }

  /** A generation: started, cancelled, ended and logged like every other. */
  async #relay(
    model: string,
    operation: RelayOperation,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const exchange = this.#kit.open(bedrockDialect, request, reply);
    const order = {
      operation,
      model,
      body: bodyOf(request),
      bulk: request.bulk,
      headers: headersOf(request),
    };
    const answer = new RelayedAnswer(order, this.#bedrock, exchange);
    const { view } = await this.#kit.start(
      { request: { model, messages: [] }, source: (how) => answer.open(how) },
      exchange,
    );
    const { owner, generation } = view.record;
    const stop = await this.#kit.registry.ended(owner, generation);
    if (exchange.response.closed.aborted) return reply.hijack();
    await answer.end(stop === undefined ? new StreambedError('SB_INTERRUPTED') : errorOfEnd(stop));
    return reply;
  }

  /** A question that is no generation: passed on, and answered as AWS answers. */
  async ask(question: AwsQuestion, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { response } = this.#kit.open(bedrockDialect, request, reply);
    if (request.method === 'POST')
      this.#kit.permit(request, 'model' in question ? question.model : undefined);
    if ('id' in question && !this.#kit.mayUse(request, question.id))
      throw new StreambedError('SB_MODEL_NOT_ALLOWED');
    const how = {
      signal: response.closed,
      hops: hopsOf(request.headers),
      ...this.#kit.accountOf(request),
    };
    const { head, body } = await this.#kit.track(this.#bedrock.forward(question, how));
    const requestId = head.headers['x-amzn-requestid'];
    return reply
      .headers({
        'content-type': 'application/json',
        'cache-control': 'no-store',
        ...(requestId !== undefined && { 'x-amzn-requestid': requestId }),
      })
      .send('query' in question ? onlyAllowed(body, (model) => this.#kit.mayUse(request, model)) : body);
  }
}

/** AWS takes a body under any type or none: botocore names none, the JavaScript SDK `application/octet-stream`. */
function takeAnyBody(scope: FastifyInstance, bodies: Bodies): void {
  bodies.readAnything(scope);
  // Without a type the framework looks for a body only where HTTP/1.1 announces one.
  scope.addHook('onRequest', async ({ raw }) => {
    raw.headers['content-type'] ??= 'application/json';
  });
  scope.addHook('onRoute', (route) => {
    route.bodyLimit = maxBodyBytes;
  });
}

/** As it came, or its text with stand-ins. */
function bodyOf({ body }: FastifyRequest): string | Uint8Array {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function wholeBodyOf(request: FastifyRequest): string | Uint8Array | readonly Uint8Array[] {
  const body = bodyOf(request);
  return request.bulk?.splice(body) ?? body;
}

/** The path below `prefix` as it was on the wire, without the query. */
function restOf(url: string, prefix: string): string {
  return (url.split('?', 1)[0] as string).slice(prefix.length + 1);
}

function headersOf(request: FastifyRequest): Record<string, string> {
  const single = Object.entries(request.headers).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(single) as Record<string, string>;
}

function queryOf(request: FastifyRequest): Record<string, string> {
  const query = Object.entries(request.query as object).filter(([, value]) => typeof value === 'string');
  return Object.fromEntries(query) as Record<string, string>;
}

function refuseTwoWay(url: string): void {
  if (!/\/invoke-with-bidirectional-stream(\?|$)/.test(url)) return;
  throw new StreambedError(
    'SB_UNSUPPORTED',
    'InvokeModelWithBidirectionalStream is not served here: speech models are called at Bedrock itself.',
  );
}

async function refuseAsync(): Promise<never> {
  throw new StreambedError(
    'SB_UNSUPPORTED',
    'Asynchronous invocations are not served here: their answers go to S3. Call them at Bedrock itself.',
  );
}
