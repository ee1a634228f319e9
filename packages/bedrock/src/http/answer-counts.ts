import type { Usage } from '@streambed/protocol';
import type { ResponseHead } from './wire.ts';

/** The counts that InvokeModel says in headers, and what they are called in usage and in `invocationMetrics`. */
const countHeaders = {
  'x-amzn-bedrock-input-token-count': ['input_tokens', 'inputTokenCount'],
  'x-amzn-bedrock-output-token-count': ['output_tokens', 'outputTokenCount'],
  'x-amzn-bedrock-cache-read-input-token-count': ['cache_read_input_tokens', 'cacheReadInputTokenCount'],
  'x-amzn-bedrock-cache-write-input-token-count': [
    'cache_creation_input_tokens',
    'cacheWriteInputTokenCount',
  ],
  'x-amzn-bedrock-invocation-latency': [undefined, 'invocationLatency'],
} as const;

const countEntries = Object.entries(countHeaders);

/** The counts of a whole answer as usage; nothing for a stream, whose head has none. */
export function usageFromHeaders(headers: ResponseHead['headers']): Usage {
  return numbersFrom(headers, 0);
}

/** The same as `amazon-bedrock-invocationMetrics` would say it; `undefined` when there is nothing. */
export function metricsFromHeaders(
  headers: ResponseHead['headers'],
): Readonly<Record<string, number>> | undefined {
  const metrics = numbersFrom(headers, 1);
  return Object.keys(metrics).length > 0 ? metrics : undefined;
}

function numbersFrom(headers: ResponseHead['headers'], column: 0 | 1): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [header, names] of countEntries) {
    const name = names[column];
    const text = headers[header];
    if (name !== undefined && text !== undefined && /^\d+$/.test(text)) numbers[name] = Number(text);
  }
  return numbers;
}
