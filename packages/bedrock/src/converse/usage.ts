import type { Usage } from '@streambed/protocol';
import { type Fields, isFields } from './read.ts';

/**
 * Converse's token counts as ours. `inputTokens` already leaves cached tokens out, so the counts are disjoint as they
 * stand; `totalTokens` is their sum and is left out. `cacheReadInputTokenCount` and `cacheWriteInputTokenCount` are
 * undocumented twins of the counts without `Count`: read only where the others are missing, never added.
 */
export function toUsage(value: unknown): Usage {
  if (!isFields(value)) return {};
  const usage: Record<string, unknown> = {};
  put(usage, 'input_tokens', value.inputTokens);
  put(usage, 'output_tokens', value.outputTokens);
  put(usage, 'cache_read_input_tokens', value.cacheReadInputTokens ?? value.cacheReadInputTokenCount);
  put(usage, 'cache_creation_input_tokens', value.cacheWriteInputTokens ?? value.cacheWriteInputTokenCount);
  const byLifetime = toCacheCreation(value.cacheDetails);
  if (byLifetime !== undefined) usage.cache_creation = byLifetime;
  const extra = unknownCounts(value);
  if (extra !== undefined) usage.bedrock = extra;
  return usage;
}

function put(usage: Record<string, unknown>, name: string, count: unknown): void {
  if (typeof count === 'number') usage[name] = count;
}

/** `[{ttl: "5m", inputTokens: 12}]` as Anthropic's split of cache writes. */
function toCacheCreation(details: unknown): Usage['cache_creation'] {
  if (!Array.isArray(details) || details.length === 0) return undefined;
  const counts: Record<string, number> = {};
  for (const detail of details) {
    if (!isFields(detail) || typeof detail.inputTokens !== 'number') continue;
    const name = `ephemeral_${String(detail.ttl)}_input_tokens`;
    counts[name] = (counts[name] ?? 0) + detail.inputTokens;
  }
  return counts;
}

const known = new Set([
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cacheReadInputTokens',
  'cacheReadInputTokenCount',
  'cacheWriteInputTokens',
  'cacheWriteInputTokenCount',
  'cacheDetails',
]);

/** Counts that are newer than this, under AWS's names. `serverToolUsage` is there on every answer, mostly empty. */
function unknownCounts(value: Fields): Fields | undefined {
  const extra = Object.entries(value).filter(
    ([name, count]) => !known.has(name) && !(isFields(count) && Object.keys(count).length === 0),
  );
  return extra.length === 0 ? undefined : Object.fromEntries(extra);
}
