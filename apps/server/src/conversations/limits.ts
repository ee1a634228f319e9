/** What may be kept. */
export interface ConversationLimits {
  /** Of one owner. */
  readonly conversations: number;
  /** Of one conversation, on all branches. */
  readonly turns: number;
  /** From the first turn to the last of one branch. */
  readonly depth: number;
  /** Of one conversation, in characters of JSON. */
  readonly size: number;
  /** How long a deleted conversation can be had back, in milliseconds. */
  readonly undoMs: number;
  /** How long it is known of an erased one that it was, so that lists elsewhere learn of it. */
  readonly goneMs: number;
}

export const defaultConversationLimits: ConversationLimits = {
  conversations: 20_000,
  turns: 10_000,
  depth: 2_000,
  size: 64 * 1024 * 1024,
  undoMs: 10 * 60_000,
  goneMs: 7 * 24 * 60 * 60_000,
};
