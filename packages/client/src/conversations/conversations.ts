import type { ErrorInfo } from '@streambed/protocol';
import type { ConversationItem } from '@streambed/protocol/conversations';
import type { ConversationsChanged } from '@streambed/protocol/frames';
import type { Client } from '../client.ts';
import { createStore, type Readable } from '../store.ts';
import { type ConversationsApi, conversationsApi } from './api.ts';
import { holdConversation } from './held-conversation.ts';
import type { HeldConversation, PendingQuestion } from './held-types.ts';
import { watchTopic } from './watch-topic.ts';

export interface ConversationsState {
  /** Pinned ones first, then by their last change. */
  readonly items: readonly ConversationItem[];
  /** Deleted ones that can be had back, the last first. */
  readonly deleted: readonly ConversationItem[];
  /** Whether the server has said what there is. */
  readonly ready: boolean;
  /** Whether there are older ones than are shown; {@link Conversations.older} reads them. */
  readonly more: boolean;
  readonly error: ErrorInfo | undefined;
}

/** The list of kept conversations, the same in every tab, and what is done with them. */
export interface Conversations extends Readable<ConversationsState>, Disposable {
  readonly api: ConversationsApi;
  /** Opens one; without an id a new one, which is kept from its first question on. Whoever opens it closes it. */
  open(id?: string, pending?: readonly PendingQuestion[]): HeldConversation;
  /** Reads one more page of older ones. */
  older(): Promise<void>;
  rename(id: string, title: string): Promise<void>;
  pin(id: string, pinned: boolean): Promise<void>;
  /** It is listed as deleted until it can't be had back any more. */
  remove(id: string): Promise<void>;
  restore(id: string): Promise<void>;
  /** At once, and for good. */
  erase(id: string): Promise<void>;
  /** Looks no longer. */
  close(): void;
}

/** Makes the list of a client's server and follows it. */
export function createConversations(
  client: Pick<Client, 'connection' | 'call' | 'generate' | 'attach'>,
): Conversations {
  const api = conversationsApi(client);
  const all = new Map<string, ConversationItem>();
  const store = createStore<ConversationsState>({
    items: [],
    deleted: [],
    ready: false,
    more: false,
    error: undefined,
  });

  /** Where the next page of older ones begins. */
  let next: string | undefined;

  const take = (items: readonly ConversationItem[]) => {
    for (const item of items) {
      // An answer of HTTP and a frame may pass each other on the way.
      if ((all.get(item.id)?.rev ?? 0) > item.rev) continue;
      if (item.state === 'gone') all.delete(item.id);
      else all.set(item.id, item);
    }
    const kept = [...all.values()];
    store.set({
      ...store.get(),
      items: kept.filter(({ state }) => state === 'kept').sort(inListOrder),
      deleted: kept.filter(({ state }) => state === 'deleted').sort(inListOrder),
    });
  };

  const stop = watchTopic<ConversationsChanged>(client, {
    topic: 'conversations',
    onChange: ({ items, reset }) => {
      if (reset) all.clear();
      take(items);
      const state = store.get();
      store.set({ ...state, ready: true, error: undefined, more: reset ? items.length >= 500 : state.more });
    },
    onEnd: (error) => store.set({ ...store.get(), error }),
    poll: async (rev, signal) => {
      const [kept, deleted] = await Promise.all([
        api.page({ limit: 200, signal }),
        api.page({ limit: 200, deleted: true, signal }),
      ]);
      if (kept.rev === rev) return undefined;
      const items = [...kept.conversations, ...deleted.conversations];
      return { type: 'changed', topic: 'conversations', reset: true, rev: kept.rev, items };
    },
  });

  const changed = async (change: Promise<ConversationItem>) => take([await change]);

  return {
    api,
    get: store.get,
    subscribe: store.subscribe,
    open: (id, pending) => holdConversation(client, api, { id, pending, onItem: (item) => take([item]) }),
    older: async () => {
      const page = await api.page({ limit: 200, before: next });
      next = page.next;
      take(page.conversations);
      store.set({ ...store.get(), more: next !== undefined });
    },
    rename: (id, title) => changed(api.change(id, { title })),
    pin: (id, pinned) => changed(api.change(id, { pinned })),
    remove: (id) => changed(api.remove(id)),
    restore: (id) => changed(api.restore(id)),
    erase: async (id) => {
      await api.erase(id);
      const known = all.get(id);
      if (known !== undefined) take([{ ...known, state: 'gone' }]);
    },
    close: stop,
    [Symbol.dispose]: stop,
  };
}

function inListOrder(one: ConversationItem, other: ConversationItem): number {
  return (
    Number(other.pinned) - Number(one.pinned) ||
    other.updated_at - one.updated_at ||
    (one.id < other.id ? 1 : -1)
  );
}
