import { createStore, type Readable } from '@streambed/client';
import type { ConversationItem, Conversations } from '@streambed/client/conversations';

export interface RailState {
  /** What is looked for; empty: nothing. */
  readonly query: string;
  /** What the server found for it; `undefined` until it has answered. */
  readonly found: readonly ConversationItem[] | undefined;
  /** What was deleted here a moment ago, and can be had back. */
  readonly removed: ConversationItem | undefined;
  /** What didn't work, in the server's words. */
  readonly failure: string | undefined;
}

/** What the rail knows beside the list itself. */
export interface RailList extends Readable<RailState> {
  search(query: string): void;
  rename(id: string, title: string): void;
  pin(id: string, pinned: boolean): void;
  remove(item: ConversationItem): void;
  /** Brings back what was deleted last. */
  undo(): void;
  /** Reads on, where there are more than were told at first. */
  more(): void;
  /** Tells of what didn't work elsewhere. */
  failed(thrown: unknown): void;
}

/** How long a deletion offers to be undone, and a failure is shown. */
const shownMs = 10_000;
const searchAfterMs = 150;

/** Makes it; a search is asked again whenever the list changes. */
export function createRailList(conversations: Conversations): RailList {
  const store = createStore<RailState>({
    query: '',
    found: undefined,
    removed: undefined,
    failure: undefined,
  });
  const change = (part: Partial<RailState>) => store.set({ ...store.get(), ...part });
  const timers = new Map<'removed' | 'failure', ReturnType<typeof setTimeout>>();
  let searching: AbortController | undefined;
  let reading = false;

  const show = (part: Partial<Pick<RailState, 'removed' | 'failure'>>) => {
    change(part);
    for (const name of Object.keys(part) as ('removed' | 'failure')[]) {
      clearTimeout(timers.get(name));
      timers.set(
        name,
        setTimeout(() => change({ [name]: undefined }), shownMs),
      );
    }
  };
  const failed = (thrown: unknown) =>
    show({ failure: thrown instanceof Error ? thrown.message : String(thrown) });

  const look = (afterMs: number) => {
    searching?.abort();
    const { query } = store.get();
    if (query.trim() === '') return;
    searching = new AbortController();
    const { signal } = searching;
    const timer = setTimeout(async () => {
      try {
        const { conversations: found } = await conversations.api.page({ query, limit: 100, signal });
        if (!signal.aborted) change({ found });
      } catch (thrown) {
        if (!signal.aborted) failed(thrown);
      }
    }, afterMs);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  };
  conversations.subscribe(() => look(searchAfterMs));

  return {
    get: store.get,
    subscribe: store.subscribe,
    search: (query) => {
      change({ query, ...(query.trim() === '' && { found: undefined }) });
      look(searchAfterMs);
    },
    rename: (id, title) => void conversations.rename(id, title).catch(failed),
    pin: (id, pinned) => void conversations.pin(id, pinned).catch(failed),
    remove: (item) => {
      show({ removed: item });
      conversations.remove(item.id).catch((thrown) => {
        change({ removed: undefined });
        failed(thrown);
      });
    },
    undo: () => {
      const { removed } = store.get();
      if (removed === undefined) return;
      change({ removed: undefined });
      conversations.restore(removed.id).catch(failed);
    },
    more: () => {
      if (reading || !conversations.get().more) return;
      reading = true;
      conversations
        .older()
        .catch(failed)
        .finally(() => {
          reading = false;
        });
    },
    failed,
  };
}
