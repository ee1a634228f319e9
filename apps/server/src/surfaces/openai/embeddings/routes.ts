import type { Bedrock, Embeddings } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { estimateTexts } from '../../../access/estimate-tokens.ts';
import { hopsOf } from '../../../http/hops.ts';
import { maxTextBytes } from '../../../http/limits.ts';
import { fittedHeaders } from '../../kit/head.ts';
import type { SurfaceKit } from '../../kit/surface-kit.ts';
import { openAiDialect } from '../shared/errors.ts';
import { readEmbeddingOrder } from './embedding-request.ts';

/** Nothing here goes through a Messages request. */
export const embeddingDialect = openAiDialect({});

/** `POST /embeddings`, below whatever prefix the scope has. */
export function addEmbeddings(scope: FastifyInstance, kit: SurfaceKit, bedrock: Bedrock): void {
  scope.post('/embeddings', { bodyLimit: maxTextBytes }, (request, reply) =>
    answer(kit, bedrock, request, reply),
  );
}

async function answer(
  kit: SurfaceKit,
  bedrock: Bedrock,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const exchange = kit.open(embeddingDialect, request, reply);
  const { request: asked, encoding, dropped } = readEmbeddingOrder(request.body);
  const signal = exchange.response.closed;
  const hops = hopsOf(request.headers);
  const embed = () => bedrock.embed(asked, { signal, hops, ...kit.accountOf(request) });
  const estimate = () => estimateTexts(asked.inputs);
  const embedded = await kit.embed(exchange, { model: asked.model, estimate }, embed).catch(named);
  return reply
    .headers({ 'cache-control': 'no-store', ...fittedHeaders({ target: embedded.target }, { dropped }) })
    .send(embeddingList(asked.model, embedded, encoding));
}

/** An answer in OpenAI's shape. `usage` is there where every call of the model reported its count. */
function embeddingList(
  model: string,
  { embeddings, usage }: Pick<Embeddings, 'embeddings' | 'usage'>,
  encoding: 'float' | 'base64',
): object {
  const { input_tokens: tokens } = usage;
  return {
    object: 'list',
    data: embeddings.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoding === 'float' ? vector : toBase64(vector),
    })),
    model,
    ...(tokens !== undefined && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  };
}

/** 32-bit floats, little-endian: what the official SDKs ask for and decode. */
function toBase64(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, number] of vector.entries()) bytes.writeFloatLE(number, index * 4);
  return bytes.toString('base64');
}

/** Says a refusal of `embed` in the words of the caller's fields. */
function named(thrown: unknown): never {
  if (!(thrown instanceof StreambedError) || thrown.field === undefined) throw thrown;
  const inTheirs = (text: string) =>
    text.replace(/^inputs\b/, 'input').replace(/\binputType\b/, 'input_type');
  const { code, message, field } = thrown;
  throw new StreambedError(code, inTheirs(message), { field: inTheirs(field), cause: thrown });
}
