import type { NativeBody } from './body.ts';
import { claudeAnswer, claudeCounts, claudeEvents } from './claude-answer.ts';
import { parseClaude } from './claude-request.ts';

/** Claude's Messages body. */
export const claude: NativeBody = {
  parse: parseClaude,
  answer: claudeAnswer,
  events: claudeEvents,
  counts: claudeCounts,
};
