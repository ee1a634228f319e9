/**
 * Why a message ended, in Anthropic's words (Messages API, `stop_reason`), plus what only Bedrock says.
 * Families map their own words to these; the raw word stays beside it in {@link StopInfo}.
 */
export type StopReason =
  | 'end_turn'
  | 'max_tokens'
  | 'stop_sequence'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded'
  | 'guardrail_intervened'
  | 'content_filtered'
  | 'malformed_model_output'
  | 'malformed_tool_use';

/** How a message ended. */
export interface StopInfo {
  /** Ours; a word we don't know yet is passed on as it came. */
  readonly stop_reason: StopReason | (string & {}) | null;
  /** The stop sequence that was met, where the model says so. */
  readonly stop_sequence?: string | null;
  /** The model's own word, where it differs from ours (Llama: `stop`, `length`). */
  readonly raw?: string;
}
