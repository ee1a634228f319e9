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
  /** What only Bedrock says at the end. */
  readonly bedrock?: StopBedrock;
  /** Whatever else an upstream says about the end is kept (Claude: `stop_details`). */
  readonly [extra: string]: unknown;
}

/** What only Bedrock says at the end of a message. Absent fields were not reported. */
export interface StopBedrock {
  /** What the guardrail found (`trace`), as AWS wrote it. */
  readonly trace?: unknown;
  /** The fields that `additional_response_field_paths` asked for. */
  readonly additional_response_fields?: unknown;
  /** How it was served: `standard` or `optimized`. */
  readonly latency?: string;
  /** The tier that served it. */
  readonly service_tier?: string;
  readonly [extra: string]: unknown;
}
