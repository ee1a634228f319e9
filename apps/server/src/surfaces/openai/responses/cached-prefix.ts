import type { ContentBlock, MessagesRequest } from '@streambed/protocol';

const mark = { cache_control: { type: 'ephemeral' } } as const;

/**
 * The request with its prefix marked for caching, as a `prompt_cache_key` wishes it: at OpenAI a prefix is cached by
 * itself, on Bedrock only up to a mark. Claude finds what the turn before has marked. A request that has marks of its own
 * keeps to them.
 */
export function withCachedPrefix(request: MessagesRequest): MessagesRequest {
  const { system, messages } = request;
  const blocks = [...listOf(system), ...messages.flatMap(({ content }) => listOf(content))];
  if (blocks.some((block) => block.cache_control !== undefined)) return request;
  const last = messages.at(-1);
  if (last === undefined || typeof last.content === 'string') return request;
  return {
    ...request,
    ...(Array.isArray(system) && { system: markLast(system) as NonNullable<MessagesRequest['system']> }),
    messages: [...messages.slice(0, -1), { ...last, content: markLast(last.content) }],
  };
}

function listOf(content: string | readonly ContentBlock[] | undefined): readonly ContentBlock[] {
  return typeof content === 'object' ? content : [];
}

function markLast(blocks: readonly ContentBlock[]): readonly ContentBlock[] {
  const last = blocks.at(-1);
  const takesNone = last === undefined || last.type === 'thinking' || last.type === 'redacted_thinking';
  return takesNone ? blocks : [...blocks.slice(0, -1), { ...last, ...mark } as ContentBlock];
}
