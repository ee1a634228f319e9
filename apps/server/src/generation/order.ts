import type { GenerationOrder } from '@streambed/protocol/frames';
import type { StartOrder } from './registry.ts';

/** What a caller of our own API ordered, as the registry starts it. */
export function toStart({
  request,
  store,
  conversation,
  parent,
  continues,
  branch,
  on_disconnect,
}: GenerationOrder): Pick<StartOrder, 'request' | 'store' | 'history' | 'whenUnread'> {
  const history = {
    ...(conversation !== undefined && { conversation }),
    ...(parent !== undefined && { parent }),
    ...(continues !== undefined && { continues }),
    ...(branch === true && { branch }),
  };
  return {
    request,
    ...(store !== undefined && { store }),
    ...(Object.keys(history).length > 0 && { history }),
    whenUnread: on_disconnect ?? 'continue',
  };
}
