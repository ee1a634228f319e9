import type { Bulk } from '@streambed/bedrock';
import type { ClientId, MessagesRequest } from '@streambed/protocol';
import type { GenerationOrder } from '@streambed/protocol/frames';
import type { Caller, SurfaceName } from '../access/caller.ts';
import type { HistoryOrder } from '../conversations/histories.ts';
import type { GenerationRecord } from '../stream-log/stream-log.ts';
import type { SocketLoad } from './admission.ts';
import type { OpenSource } from './generation.ts';
import { requestDigest } from './request-digest.ts';
import type { WhenUnread } from './runs.ts';

/** What a surface asks the registry to start, for whom, and what is known of who asked. */
export interface StartOrder {
  readonly caller: Caller;
  /** The door it came in by. */
  readonly surface?: SurfaceName;
  readonly request: MessagesRequest;
  /** What stand-ins in the request stand for. */
  readonly bulk?: Bulk | undefined;
  /** What runs it in place of `bedrock.generate`; `request` then says of it what is known here, its model at least. */
  readonly source?: OpenSource;
  readonly socket: SocketLoad;
  /** The caller's own id. */
  readonly clientId?: ClientId;
  /** false: the upstream is asked for the whole answer at once. */
  readonly stream?: boolean;
  /** The servers that the request has passed through. */
  readonly hops?: readonly string[];
  /** Absent: stored where the disk lets it, in memory where it doesn't. */
  readonly store?: GenerationRecord['store'];
  /** What it follows or goes on with, and where it is kept. */
  readonly history?: Pick<HistoryOrder, 'conversation' | 'parent' | 'continues' | 'branch'>;
  /** Default `continue`. `cancel at once` must be attached to right after the start. */
  readonly whenUnread?: WhenUnread;
  /** Aborted when who asked is gone: what has no place yet is not waited for any more. */
  readonly gone?: AbortSignal;
  /** Told where it has to wait for a place. */
  readonly onQueued?: () => void;
}

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

/** The same for two orders that ask for the same. */
export function orderDigest({ request, bulk, history }: StartOrder): string {
  return requestDigest(history === undefined ? request : { request, ...history }, bulk);
}
