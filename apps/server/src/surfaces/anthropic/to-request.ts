import { type MessagesRequest, messagesRequestSchema, parseWith, StreambedError } from '@streambed/protocol';
import { z } from 'zod';
import { translateBetas } from './betas.ts';
import { translateCaching } from './cache-control.ts';
import { type Fields, isFields } from './fields.ts';

/** A body of Anthropic's Messages API, without what only Anthropic itself serves. */
export const messagesBodySchema = messagesRequestSchema.extend({
  stream: z.boolean('expected true or false').optional(),
});

/** A body of Anthropic's Messages API, as it is asked of a model. */
export interface AnthropicRequest {
  readonly request: MessagesRequest;
  readonly stream: boolean;
  /** What Bedrock doesn't take and the answer doesn't depend on. */
  readonly dropped: readonly string[];
}

/** Fields that say nothing about the answer: how Anthropic itself would serve, bill or explain it. */
const idle: ReadonlySet<string> = new Set([
  'service_tier',
  'billing_policy',
  'diagnostics',
  'fallback_credit_token',
  'user_profile_id',
]);

/**
 * Fields that ask for what Bedrock doesn't have, and their values that ask for nothing. Leaving another value out would
 * change the answer, or where it is made.
 */
const foreign: Readonly<
  Record<string, { readonly idle: (value: unknown) => boolean; readonly instead: string }>
> = {
  // The SDK's tool runner asks for it first, and goes on without when it is told so (see the dialect).
  thread: {
    idle: () => false,
    instead:
      'Nothing is kept of a conversation between its turns. Send all of its messages, and leave the field out.',
  },
  fallbacks: {
    idle: (value) => value === 'default',
    instead:
      'Bedrock asks no other model after a refusal. Leave the field out, or ask the other model yourself.',
  },
  mcp_servers: {
    idle: (value) => Array.isArray(value) && value.length === 0,
    instead: 'Bedrock calls no MCP servers. Call them in your own process, and give their tools as tools.',
  },
  container: {
    idle: () => false,
    instead: 'Bedrock runs no code and has no containers or skills. Leave the field out.',
  },
  speed: {
    idle: (value) => value === 'standard',
    instead: 'Bedrock has no fast mode. Leave the field out, or try bedrock.latency "optimized".',
  },
  inference_geo: {
    idle: (value) => value === 'global',
    instead:
      'On Bedrock the region and the inference profile say where an answer is made. Leave the field out.',
  },
};

/**
 * Reads a body and its `anthropic-beta` header. All that Claude knows is left as it came; fields that only Anthropic's
 * own API has are translated, dropped and named, or refused (docs/api-anthropic.md has the list). Throws
 * `SB_BAD_REQUEST`, `SB_UNSUPPORTED`.
 */
export function toRequest(
  body: unknown,
  betaHeader: string | readonly string[] | undefined,
): AnthropicRequest {
  if (!isFields(body)) throw new StreambedError('SB_BAD_REQUEST', 'Expected a JSON object as the body.');
  const dropped: string[] = [];
  const wanted = withOutputConfig(translateCaching(withoutForeign(body, dropped), dropped));
  parseWith(messagesBodySchema, wanted);
  // What was checked, and not a copy of it: the order of the caller's own keys stays.
  const { stream, ...checked } = wanted;
  const request = checked as unknown as MessagesRequest;
  const betas = translateBetas(betaHeader, request);
  for (const beta of betas.dropped) dropped.push(`anthropic-beta=${beta}`);
  const named = [...new Set([...(request.anthropic_beta ?? []), ...betas.sent])];
  return {
    request: named.length === 0 ? request : { ...request, anthropic_beta: named },
    stream: stream === true,
    dropped,
  };
}

/** A `null` is a field left out: some clients write it so. */
function withoutForeign(body: Fields, dropped: string[]): Fields {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null) continue;
    const rule = Object.hasOwn(foreign, name) ? foreign[name] : undefined;
    if (rule !== undefined && !rule.idle(value)) {
      throw new StreambedError('SB_UNSUPPORTED', `${name}: ${rule.instead}`, { field: name });
    }
    if (rule !== undefined || idle.has(name)) dropped.push(name);
    else kept[name] = value;
  }
  return kept;
}

/** `output_format` is what `output_config.format` was called in its beta. */
function withOutputConfig(fields: Fields): Fields {
  const { output_format: format, ...rest } = fields;
  if (format === undefined) return fields;
  const config = isFields(rest.output_config) ? rest.output_config : {};
  return { ...rest, output_config: { format, ...config } };
}
