import { StreambedError } from '@streambed/protocol';
import type { GenerationOrder } from '@streambed/protocol/frames';
import type { StartOrder } from './registry.ts';

/** What a caller of our own API ordered, as the registry starts it. Throws `SB_UNSUPPORTED` for what isn't served yet. */
export function toStart(order: GenerationOrder): Pick<StartOrder, 'request' | 'store' | 'whenUnread'> {
  for (const field of ['conversation', 'parent', 'continues', 'branch'] as const) {
    if (order[field] === undefined) continue;
    const message = `"${field}" is not served yet: the server keeps no history. Send the whole conversation in request.messages, and leave the field out.`;
    throw new StreambedError('SB_UNSUPPORTED', message, { field });
  }
  if (order.store === 'conversation') {
    const message = 'store "conversation" is not served yet. Use "resume" or "none".';
    throw new StreambedError('SB_UNSUPPORTED', message, { field: 'store' });
  }
  return {
    request: order.request,
    ...(order.store !== undefined && { store: order.store }),
    whenUnread: order.on_disconnect ?? 'continue',
  };
}
