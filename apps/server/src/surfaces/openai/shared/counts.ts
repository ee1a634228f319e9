import type { Usage } from '@streambed/protocol';

/** A generation's tokens as OpenAI counts them: the prompt with what was cached, the answer with the thinking. */
export interface TokenCounts {
  readonly prompt: number;
  /** Of the prompt. */
  readonly cached: number;
  /** Of the prompt. */
  readonly written: number;
  readonly completion: number;
  /** Of the completion; absent where the model doesn't tell it apart. */
  readonly thinking?: number;
  readonly total: number;
}

/** Our disjoint counts, added up. Nothing where the model reported none: a zero would be a lie. */
export function countsOf(usage: Usage): TokenCounts | undefined {
  const { input_tokens: input, output_tokens: output, thinking_tokens: thinking } = usage;
  if (input === undefined || output === undefined) return undefined;
  const { cache_read_input_tokens: cached = 0, cache_creation_input_tokens: written = 0 } = usage;
  const prompt = input + cached + written;
  const completion = output + (thinking ?? 0);
  return {
    prompt,
    cached,
    written,
    completion,
    ...(thinking !== undefined && { thinking }),
    total: prompt + completion,
  };
}
