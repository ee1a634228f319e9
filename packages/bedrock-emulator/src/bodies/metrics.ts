import type { Completion } from '../engine/complete.ts';
import type { PaceClock } from '../pace.ts';
import type { Turn } from '../turn.ts';
import { cacheCounts } from './cache-counts.ts';

/** The member that Bedrock adds to the last chunk of every invoke stream; cache counts only where there is a cache. */
export function metricsText(turn: Turn, completion: Completion, clock: PaceClock): string {
  const { input, read, written } = cacheCounts(turn);
  return `"amazon-bedrock-invocationMetrics":${JSON.stringify({
    inputTokenCount: input,
    outputTokenCount: completion.outputTokens,
    invocationLatency: clock.latencyMs,
    firstByteLatency: clock.firstByteMs,
    ...(turn.cached ? { cacheReadInputTokenCount: read, cacheWriteInputTokenCount: written } : {}),
  })}`;
}
