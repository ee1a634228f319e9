import {
  type ContentBlock,
  contentBlockSchema,
  isBlock,
  type RedactedThinkingBlock,
  type ThinkingBlock,
} from '@streambed/protocol';

/** Says whose `encrypted_content` it is, and of which form. */
const mark = 'sb1.';

/**
 * Thinking as the `encrypted_content` of a reasoning item: the whole block with its signature, so that it comes back to
 * the model just as it was. It is the caller's own answer, wrapped and not hidden.
 */
export function sealThinking(block: ContentBlock): string {
  return mark + Buffer.from(JSON.stringify(block)).toString('base64url');
}

/** The block that was sealed; undefined for what somebody else has sealed, and for what isn't whole. */
export function unsealThinking(sealed: string): ThinkingBlock | RedactedThinkingBlock | undefined {
  if (!sealed.startsWith(mark)) return undefined;
  try {
    const text = Buffer.from(sealed.slice(mark.length), 'base64url').toString();
    const { data } = contentBlockSchema.safeParse(JSON.parse(text));
    if (data === undefined) return undefined;
    return isBlock(data, 'thinking') || isBlock(data, 'redacted_thinking') ? data : undefined;
  } catch {
    return undefined;
  }
}
