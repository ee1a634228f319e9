import type { ContentBlock } from './blocks.ts';
import type { StopBedrock } from './stop-reason.ts';
import type { Usage } from './usage.ts';

export * from './blocks.ts';
export * from './citations.ts';
export * from './request.ts';
export * from './sources.ts';

/**
 * The one message format inside and on our own API: Anthropic's Messages format (`anthropic-version` 2023-06-01).
 * Objects are loose: a field that isn't known here is kept and passed on, never dropped in silence.
 */
export const messagesFormatVersion = '2023-06-01';

/** One turn of a request's conversation. */
export interface Message {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: string | readonly ContentBlock[];
  readonly [field: string]: unknown;
}

/** An answer as a whole: the fold of a generation's events. */
export interface AssistantMessage {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly ContentBlock[];
  readonly stop_reason: string | null;
  readonly stop_sequence: string | null;
  readonly usage: Usage;
  /** The model's own word for the stop reason, where it differs. */
  readonly raw_stop_reason?: string;
  /** What only Bedrock said at the end. */
  readonly bedrock?: StopBedrock;
  readonly [field: string]: unknown;
}
