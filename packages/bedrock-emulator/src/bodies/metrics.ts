import type { Completion } from '../engine/complete.ts';
import type { PaceClock } from '../pace.ts';
import type { Turn } from '../turn.ts';

/** The member that Bedrock adds to the last chunk of every invoke stream; cache counts only where there is a cache. */
export function metricsText(turn: Turn, completion: Completion, clock: PaceClock): string {
  return `"amazon-bedrock-invocationMetrics":${JSON.stringify({
    inputTokenCount: turn.inputTokens,
    outputTokenCount: completion.outputTokens,
    invocationLatency: clock.latencyMs,
    firstByteLatency: clock.firstByteMs,
    ...(turn.cached ? { cacheReadInputTokenCount: 0, cacheWriteInputTokenCount: 0 } : {}),
  })}`;
}
