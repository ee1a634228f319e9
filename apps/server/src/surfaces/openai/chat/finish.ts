import { type GenerationStop, StreambedError } from '@streambed/protocol';
import { errorOfEnd } from '../../kit/ending.ts';

/** Why an answer ended, in OpenAI's words. */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter';

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  pause_turn: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  refusal: 'content_filter',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/** The model wrote something that is no answer; OpenAI has no word for it, and `stop` would be a lie. */
const malformed = new Set(['malformed_model_output', 'malformed_tool_use']);

/**
 * How an answer is ended for the caller: with a reason, or with an error. An answer that calls tools says so, also where
 * the model's own word is another.
 */
export function finishOf(stop: GenerationStop, calledTools: boolean): FinishReason | StreambedError {
  const failed = errorOfEnd(stop);
  if (failed !== undefined) return failed;
  const reason = stop.stop_reason ?? '';
  if (malformed.has(reason)) {
    const message = `The model wrote what can't be read as an answer (${reason}). Ask again.`;
    return new StreambedError('SB_MODEL_ERROR', message);
  }
  const finish = reasons[reason] ?? 'stop';
  return finish === 'stop' && calledTools ? 'tool_calls' : finish;
}
