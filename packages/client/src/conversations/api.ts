import type { ErrorInfo } from '@streambed/protocol';
import type {
  ConversationChange,
  ConversationItem,
  ConversationPage,
  ConversationTree,
  ConversationTurn,
  NewConversation,
} from '@streambed/protocol/conversations';
import type { Client } from '../client.ts';

export interface PageOptions {
  /** 1 to 200; 50 where it isn't said. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly before?: string | undefined;
  /** Words to be found, in titles and in what was said. */
  readonly query?: string | undefined;
  /** Those that are deleted and can be had back. */
  readonly deleted?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Kept conversations over HTTP. Every call throws `HttpRefusal` for what the server refuses. */
export interface ConversationsApi {
  page(options?: PageOptions): Promise<ConversationPage>;
  /** All of one; or what has changed in it after a rev. */
  tree(id: string, options?: { after?: number; signal?: AbortSignal }): Promise<ConversationTree>;
  turn(id: string, turn: string): Promise<ConversationTurn>;
  create(conversation?: NewConversation): Promise<ConversationItem>;
  change(id: string, change: ConversationChange): Promise<ConversationItem>;
  /** It can be had back until `restorable_until`. */
  remove(id: string): Promise<ConversationItem>;
  restore(id: string): Promise<ConversationItem>;
  /** At once, and for good. */
  erase(id: string): Promise<void>;
}

/** The conversations of a client's server. */
export function conversationsApi({ call }: Pick<Client, 'call'>): ConversationsApi {
  const root = 'streambed/v1/conversations';
  const at = (id: string, rest = '') => `${root}/${encodeURIComponent(id)}${rest}`;
  const ask = async <T>(path: string, method = 'GET', body?: object, signal?: AbortSignal): Promise<T> => {
    const response = await call(path, {
      method,
      cache: 'no-store',
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
      ...(signal !== undefined && { signal }),
    });
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
  return {
    page: ({ limit, before, query, deleted, signal } = {}) => {
      const asked = new URLSearchParams();
      if (limit !== undefined) asked.set('limit', String(limit));
      if (before !== undefined) asked.set('before', before);
      if (query !== undefined) asked.set('q', query);
      if (deleted === true) asked.set('deleted', '1');
      return ask(`${root}?${asked}`, 'GET', undefined, signal);
    },
    tree: (id, { after = 0, signal } = {}) => ask(at(id, `?after=${after}`), 'GET', undefined, signal),
    turn: (id, turn) => ask(at(id, `/turns/${encodeURIComponent(turn)}`)),
    create: (conversation = {}) => ask(root, 'POST', conversation),
    change: (id, change) => ask(at(id), 'PATCH', change),
    remove: (id) => ask(at(id), 'DELETE'),
    restore: (id) => ask(at(id, '/restore'), 'POST'),
    erase: (id) => ask(at(id, '?erase=1'), 'DELETE'),
  };
}

/** Nobody has answered. */
export const unreachable: ErrorInfo = {
  type: 'unavailable',
  code: 'SB_CONNECTION_LOST',
  message: 'The server could not be reached. Check that it is running, then try again.',
  retryable: true,
};
