import { type Bulk, estimateInput } from '@streambed/bedrock';
import type { MessagesRequest } from '@streambed/protocol';

/** What an answer is taken to use where its request names no bound. */
const usualOutput = 4_096;

/** About how many tokens a request may use: its texts, and as much as its answer may have. AWS reckons with quotas likewise. */
export function estimateTokens(request: MessagesRequest, bulk: Bulk | undefined): number {
  return estimateInput(request, bulk) + (request.max_tokens ?? usualOutput);
}

/** About how many tokens these texts are. */
export function estimateTexts(texts: readonly string[]): number {
  return estimateInput({ model: '', messages: texts.map((content) => ({ role: 'user', content })) });
}
