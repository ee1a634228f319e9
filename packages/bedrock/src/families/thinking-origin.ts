import type { RedactedThinkingBlock, ThinkingBlock } from '@streambed/protocol';
import { kindOf } from '../families/quirks.ts';

/**
 * Whether the model `id` takes this thinking back. Each kind of model takes only its own: another's is refused
 * (Claude checks the signature) or read as if the model had thought it itself. Thinking without an origin is
 * Claude's when it is signed or sealed, since Claude's own stream passes through untouched; else nobody's.
 */
export function takesBack(block: ThinkingBlock | RedactedThinkingBlock, id: string): boolean {
  const sealed = block.type === 'redacted_thinking' || (block.signature ?? '') !== '';
  const kind = kindOf(id);
  if (!sealed && (kind === 'claude' || block.thinking.trim() === '')) return false;
  const origin = block.bedrock?.origin;
  return origin === undefined ? sealed && kind === 'claude' : kindOf(origin.model) === kind;
}
