import type { StopBedrock } from '@streambed/protocol';
import { type Fields, isFields, textOr } from './read.ts';

/**
 * The sequence that was met. Claude names it only where it is asked to
 * (`additionalModelResponseFieldPaths: ["/stop_sequence"]`); nobody else does.
 */
export function stopSequence(extra: unknown): string | null {
  if (!isFields(extra)) return null;
  const inside = isFields(extra.delta) ? extra.delta.stop_sequence : undefined;
  return textOr(extra.stop_sequence ?? inside, null);
}

/** What only Bedrock says at the end, of `messageStop` and `metadata` or of a whole answer. */
export function stopBedrock(payload: Fields): StopBedrock {
  const { trace, performanceConfig, serviceTier, additionalModelResponseFields: extra } = payload;
  const latency = isFields(performanceConfig) ? textOr(performanceConfig.latency, undefined) : undefined;
  const tier = isFields(serviceTier) ? textOr(serviceTier.type, undefined) : undefined;
  return {
    ...(isSaid(extra) && { additional_response_fields: extra }),
    ...(isSaid(trace) && { trace }),
    ...(latency !== undefined && { latency }),
    ...(tier !== undefined && { service_tier: tier }),
  };
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}
