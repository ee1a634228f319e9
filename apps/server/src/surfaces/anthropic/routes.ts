import type { Bedrock } from '@streambed/bedrock';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hopsOf } from '../../http/hops.ts';
import { maxBodyBytes } from '../../http/limits.ts';
import type { SurfaceKit } from '../kit/surface-kit.ts';
import { anthropicDialect } from './dialect.ts';
import { AnthropicEncoder } from './encoder.ts';
import { toRequest } from './to-request.ts';

/** Anthropic's Messages API: `POST /messages` and `/messages/count_tokens`, below whatever prefix the scope has. */
export function addMessages(scope: FastifyInstance, kit: SurfaceKit, bedrock: Bedrock): void {
  scope.post('/messages', { bodyLimit: maxBodyBytes }, (request, reply) =>
    kit.answer(
      anthropicDialect,
      {
        ...toRequest(request.body, request.headers['anthropic-beta']),
        encoder: ({ requestId }) => new AnthropicEncoder(requestId),
      },
      request,
      reply,
    ),
  );
  scope.post('/messages/count_tokens', { bodyLimit: maxBodyBytes }, (request, reply) =>
    kit.track(countTokens(kit, bedrock, request, reply)),
  );
}

async function countTokens(
  kit: SurfaceKit,
  bedrock: Bedrock,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { response } = kit.open(anthropicDialect, request, reply);
  const { request: asked } = toRequest(request.body, request.headers['anthropic-beta']);
  kit.permit(request, asked.model);
  const { inputTokens, model } = await bedrock.countTokens(asked, {
    signal: response.closed,
    hops: hopsOf(request.headers),
    ...kit.accountOf(request),
    bulk: request.bulk,
  });
  return reply
    .headers({ 'cache-control': 'no-store', 'x-streambed-target': model })
    .send({ input_tokens: inputTokens });
}
