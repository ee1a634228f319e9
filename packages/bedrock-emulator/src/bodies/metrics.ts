import type { PaceClock } from '../pace.ts';

/** The member that Bedrock adds to the last chunk of every invoke stream. */
export function metricsText(inputTokens: number, outputTokens: number, clock: PaceClock): string {
  return `"amazon-bedrock-invocationMetrics":${JSON.stringify({
    inputTokenCount: inputTokens,
    outputTokenCount: outputTokens,
    invocationLatency: clock.latencyMs,
    firstByteLatency: clock.firstByteMs,
  })}`;
}
