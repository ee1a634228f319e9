import { type EncodedEvent, encodeEvent, type Usage } from '@streambed/protocol';
import type { Asked } from './family.ts';

/** The first event of an answer that brings none of its own. */
export function messageStart(
  { messageId }: Pick<Asked, 'messageId'>,
  model: string,
  usage: Usage = {},
): EncodedEvent {
  return encodeEvent({
    type: 'message_start',
    message: {
      id: messageId,
      type: 'message',
      role: 'assistant',
      model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    },
  });
}
