import type { Turn } from '../turn.ts';

/** A request's input tokens, split by what the prompt cache did. */
export interface CacheCounts {
  /** Neither read from the cache nor written to it. */
  readonly input: number;
  readonly read: number;
  readonly written: number;
  readonly written5m: number;
  readonly written1h: number;
}

export function cacheCounts({ inputTokens, cacheUse }: Turn): CacheCounts {
  const of = (ttl: '5m' | '1h') => cacheUse?.writes.find((write) => write.ttl === ttl)?.tokens ?? 0;
  const read = cacheUse?.read ?? 0;
  const written5m = of('5m');
  const written1h = of('1h');
  const written = written5m + written1h;
  return { input: inputTokens - read - written, read, written, written5m, written1h };
}
