import type { Delta, GenerationEvent } from './events.ts';
import type { AssistantMessage, ContentBlock } from './message.ts';
import { mergeUsage } from './usage.ts';

/** The message before its first event. */
export const emptyMessage: AssistantMessage = {
  id: '',
  type: 'message',
  role: 'assistant',
  model: '',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: {},
};

/**
 * The only reducer: an answer so far and its next event in, the answer after it out. Untouched blocks keep their
 * identity, so a view re-renders the one that grew. The pieces of a tool's arguments wait as text in
 * `partial_json` until the block stops; if they are no JSON then (a stop at `max_tokens`), they stay there.
 */
export function fold(message: AssistantMessage, event: GenerationEvent): AssistantMessage {
  switch (event.type) {
    case 'message_start':
      return { ...event.message, content: [...event.message.content] };
    case 'content_block_start':
      return { ...message, content: replaceAt(message.content, event.index, event.content_block) };
    case 'content_block_delta': {
      const block = message.content[event.index];
      if (block === undefined) return message;
      return { ...message, content: replaceAt(message.content, event.index, grow(block, event.delta)) };
    }
    case 'content_block_stop': {
      const block = message.content[event.index];
      if (typeof block?.partial_json !== 'string') return message;
      return { ...message, content: replaceAt(message.content, event.index, closeToolUse(block)) };
    }
    case 'message_delta': {
      // Everything the end says is kept, also what is newer than this (`stop_details`, `container`).
      const { raw, ...end } = event.delta;
      return {
        ...message,
        ...end,
        ...(raw !== undefined && { raw_stop_reason: raw }),
        stop_sequence: end.stop_sequence ?? null,
        usage: mergeUsage(message.usage, event.usage),
      };
    }
    case 'generation_stop':
      return {
        ...message,
        ...(event.raw_stop_reason !== undefined && { raw_stop_reason: event.raw_stop_reason }),
        usage: mergeUsage(message.usage, event.usage),
      };
    default:
      return message;
  }
}

function replaceAt(
  content: readonly ContentBlock[],
  index: number,
  block: ContentBlock,
): readonly ContentBlock[] {
  const next = content.slice();
  next[index] = block;
  return next;
}

function grow(block: ContentBlock, delta: Delta): ContentBlock {
  switch (delta.type) {
    case 'text_delta':
      return { ...block, text: text(block.text) + delta.text };
    case 'input_json_delta':
      return { ...block, partial_json: text(block.partial_json) + delta.partial_json };
    case 'thinking_delta':
      return { ...block, thinking: text(block.thinking) + delta.thinking };
    case 'signature_delta':
      return { ...block, signature: text(block.signature) + delta.signature };
    case 'citations_delta':
      return {
        ...block,
        citations: [...(Array.isArray(block.citations) ? block.citations : []), delta.citation],
      };
    default:
      return block;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function closeToolUse(block: ContentBlock): ContentBlock {
  const { partial_json: pieces, ...rest } = block as ContentBlock & { partial_json: string };
  if (pieces.trim() === '') return rest as ContentBlock;
  try {
    return { ...rest, input: JSON.parse(pieces) } as ContentBlock;
  } catch {
    return block;
  }
}
