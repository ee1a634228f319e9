/**
 * Token counts under Anthropic's names. The counts are disjoint: `input_tokens` holds neither cached reads nor cache
 * writes. An absent count was not reported; it is never written as 0 on the model's behalf.
 */
export interface Usage {
  readonly input_tokens?: number;
  readonly cache_read_input_tokens?: number;
  /** All cache writes; `cache_creation` splits them by lifetime where the model says so. */
  readonly cache_creation_input_tokens?: number;
  readonly cache_creation?: {
    readonly ephemeral_5m_input_tokens?: number;
    readonly ephemeral_1h_input_tokens?: number;
  };
  readonly output_tokens?: number;
  /** Output tokens spent on thinking, where the model tells them apart. They are part of no other count. */
  readonly thinking_tokens?: number;
  /** Whatever else an upstream reports under its own names is kept. */
  readonly [extra: string]: unknown;
}

/** Joins counts as they arrive: a later report of the same count replaces the earlier one, an absent one keeps it. */
export function mergeUsage(earlier: Usage, later: Usage | null | undefined): Usage {
  const merged: Record<string, unknown> = { ...earlier };
  for (const [name, count] of Object.entries(later ?? {})) {
    if (count !== null && count !== undefined) merged[name] = count;
  }
  return merged;
}

/** What a generation costs. `usd` is an exact decimal with 8 places, absent when `status` is `unknown`. */
export type Cost =
  | { readonly status: 'exact' | 'estimated'; readonly usd: string; readonly prices: string }
  | { readonly status: 'unknown' };

/** When things happened, in milliseconds since the generation was accepted. */
export interface Timing {
  /** When the first event of the model came; absent when none did. */
  readonly first_event_ms?: number;
  readonly total_ms: number;
}
