import type { GenerationId } from '@streambed/protocol';
import type { ActivityItem, ChangedFrame, GenerationItem } from '@streambed/protocol/frames';
import type { Client } from './client.ts';
import { watchTopic } from './conversations/watch-topic.ts';
import { createStore, type Readable } from './store.ts';

/** Generations as they begin, end and go, never their content; what changed last is last. Dispose of it to end that. */
export interface GenerationList extends Readable<readonly GenerationItem[]>, Disposable {}

/**
 * Watches whatever is generated for whoever asks, on other pages and devices too. Needs a WebSocket: where it is
 * blocked the list stays as it was.
 */
export function watchGenerations(client: Pick<Client, 'connection'>): GenerationList {
  return watchItems<GenerationItem>(client, 'generations');
}

/** What {@link watchActivity} knows. */
export interface ActivityList extends Readable<readonly ActivityItem[]>, Disposable {}

/**
 * Watches how far each generation of whoever asks is, by whichever door it came: all that run and those that ended last.
 * Needs a WebSocket, as {@link watchGenerations}.
 */
export function watchActivity(client: Pick<Client, 'connection'>): ActivityList {
  return watchItems<ActivityItem>(client, 'activity');
}

function watchItems<Item extends GenerationItem>(
  client: Pick<Client, 'connection'>,
  topic: 'generations' | 'activity',
): Readable<readonly Item[]> & Disposable {
  const { get, set, subscribe } = createStore<readonly Item[]>([]);
  const stop = watchTopic<ChangedFrame & { readonly items: readonly Item[] }>(client, {
    topic,
    onChange: ({ items, reset }) => {
      const known = new Map<GenerationId, Item>(
        reset === true ? [] : get().map((item) => [item.generation, item]),
      );
      for (const item of items) {
        known.delete(item.generation);
        if (item.state !== 'gone') known.set(item.generation, item);
      }
      set([...known.values()]);
    },
    // It can always be watched: this topic is of no one thing.
    onEnd: () => {},
    poll: async () => undefined,
  });
  return { get, subscribe, [Symbol.dispose]: stop };
}
