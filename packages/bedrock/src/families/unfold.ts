import {
  type AssistantMessage,
  type ContentBlock,
  type EncodedEvent,
  type EventItem,
  encodeEvent,
  isBlock,
} from '@streambed/protocol';

/**
 * A whole message as the events of a stream of it, onto `into`: what `fold` of them gives is the message. Fields and
 * blocks that aren't known here travel in the start events, as they are.
 */
export function unfold(message: AssistantMessage, into: EventItem[]): void {
  const { content, stop_reason, stop_sequence, usage, ...head } = message;
  // A stream's start knows what went in, and nothing yet of what comes out.
  const { output_tokens: _, ...startUsage } = usage;
  into.push(
    encodeEvent({
      type: 'message_start',
      message: {
        ...head,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: startUsage,
      } as AssistantMessage,
    }),
  );
  for (const [index, block] of content.entries()) unfoldBlock(block, index, into);
  into.push(
    encodeEvent({ type: 'message_delta', delta: { stop_reason, stop_sequence }, usage }),
    encodeEvent({ type: 'message_stop' }),
  );
}

function unfoldBlock(block: ContentBlock, index: number, into: EventItem[]): void {
  const start = (content_block: ContentBlock) =>
    into.push(encodeEvent({ type: 'content_block_start', index, content_block }));
  const delta = (delta: Extract<EncodedEvent['event'], { type: 'content_block_delta' }>['delta']) =>
    into.push(encodeEvent({ type: 'content_block_delta', index, delta }));
  if (isBlock(block, 'text')) {
    const { citations, ...rest } = block;
    start({ ...rest, text: '' });
    if (Array.isArray(citations)) {
      for (const citation of citations) delta({ type: 'citations_delta', citation });
    }
    if (block.text !== '') delta({ type: 'text_delta', text: block.text });
  } else if (isBlock(block, 'thinking')) {
    start({ ...block, thinking: '', signature: '' });
    if (block.thinking !== '') delta({ type: 'thinking_delta', thinking: block.thinking });
    if (block.signature) delta({ type: 'signature_delta', signature: block.signature });
  } else if (isBlock(block, 'tool_use')) {
    start({ ...block, input: {} });
    delta({ type: 'input_json_delta', partial_json: JSON.stringify(block.input ?? {}) });
  } else {
    start(block);
  }
  into.push(encodeEvent({ type: 'content_block_stop', index }));
}
