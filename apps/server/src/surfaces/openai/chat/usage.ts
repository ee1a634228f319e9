import type { Usage } from '@streambed/protocol';
import { countsOf } from '../shared/counts.ts';

/** `usage` of a completion; nothing where the model reported none. */
export function chatUsage(usage: Usage): object | undefined {
  const counts = countsOf(usage);
  if (counts === undefined) return undefined;
  const { prompt, cached, written, completion, thinking, total } = counts;
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: total,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    ...(thinking !== undefined && { completion_tokens_details: { reasoning_tokens: thinking } }),
  };
}
