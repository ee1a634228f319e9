import { type GenerationStop, StreambedError, type Usage } from '@streambed/protocol';
import { errorOfEnd } from '../../kit/ending.ts';
import { countsOf } from '../shared/counts.ts';
import type { OpenAiError } from '../shared/errors.ts';
import { dialect } from './dialect.ts';
import type { OutputItem, ResponseFrame, ResponseObject, ResponseUsage } from './output-types.ts';

/** Stops that cut an answer short, and what the Responses API calls them. */
const cutShort: Readonly<Record<string, 'max_output_tokens' | 'content_filter'>> = {
  max_tokens: 'max_output_tokens',
  model_context_window_exceeded: 'max_output_tokens',
  refusal: 'content_filter',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
};

/** Why an answer with this stop reason isn't whole; undefined where it is. */
export function whyIncomplete(stopReason: string | null | undefined) {
  return stopReason != null && Object.hasOwn(cutShort, stopReason) ? cutShort[stopReason] : undefined;
}

/** A response that is being written. */
export function responseInProgress(frame: ResponseFrame, output: readonly OutputItem[] = []): ResponseObject {
  return { ...frame, ...unended, status: 'in_progress', output };
}

const unended = { completed_at: null, error: null, incomplete_details: null, usage: null } as const;

/** A response that has ended, and as what. `startedAt` in milliseconds since 1970. */
export function responseAtEnd(
  frame: ResponseFrame,
  output: readonly OutputItem[],
  stop: GenerationStop,
  startedAt: number,
): ResponseObject {
  const usage = usageOf(stop.usage);
  const ended = { ...frame, ...unended, output, usage };
  if (stop.state === 'cancelled') {
    return { ...ended, status: 'cancelled', incomplete_details: { reason: 'cancelled' } };
  }
  const error = errorOf(stop);
  if (error !== undefined) return { ...ended, status: 'failed', error };
  const reason = whyIncomplete(stop.stop_reason);
  if (reason !== undefined) return { ...ended, status: 'incomplete', incomplete_details: { reason } };
  const completed_at = Math.floor((startedAt + stop.timing.total_ms) / 1000);
  return { ...ended, status: 'completed', completed_at };
}

/** What went wrong; undefined where nothing did. */
function errorOf(stop: GenerationStop): OpenAiError | undefined {
  const error = errorOfEnd(stop);
  if (error !== undefined) return dialect.inStream(error);
  const malformed =
    stop.stop_reason === 'malformed_model_output' || stop.stop_reason === 'malformed_tool_use';
  return malformed ? dialect.inStream(new StreambedError('SB_MODEL_ERROR')) : undefined;
}

/** The counts as the Responses API names them; null where the model reported none. */
function usageOf(usage: Usage): ResponseUsage | null {
  const counts = countsOf(usage);
  if (counts === undefined) return null;
  const { prompt, cached, written, completion, thinking = 0, total } = counts;
  return {
    input_tokens: prompt,
    input_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    output_tokens: completion,
    output_tokens_details: { reasoning_tokens: thinking },
    total_tokens: total,
  };
}
