import type { PresetsChanged } from '@streambed/protocol/frames';
import type { Preset, PresetList, PresetOrder } from '@streambed/protocol/presets';
import type { Client } from './client.ts';
import { watchTopic } from './conversations/watch-topic.ts';
import { createStore, type Readable } from './store.ts';

export type { Preset, PresetParameters } from '@streambed/protocol/presets';

/** What whoever asks keeps under names, the same in every tab and on every device. Dispose of it to look no longer. */
export interface Presets extends Readable<readonly Preset[]>, Disposable {
  /** Keeps one; what had its name before is replaced. Throws `HttpRefusal` for what the server refuses. */
  save(preset: PresetOrder): Promise<void>;
  remove(name: string): Promise<void>;
}

const path = 'streambed/v1/presets';

/** Reads the presets of a client's server and follows them; there are none until they were read. */
export function createPresets(client: Pick<Client, 'connection' | 'call'>): Presets {
  const { get, set, subscribe } = createStore<readonly Preset[]>([]);
  const list = async (signal?: AbortSignal) => {
    const response = await client.call(path, { cache: 'no-store', ...(signal && { signal }) });
    return (await response.json()) as PresetList;
  };
  const stop = watchTopic<PresetsChanged>(client, {
    topic: 'presets',
    onChange: ({ items }) => set(items),
    // It can always be watched: this topic is of no one thing.
    onEnd: () => {},
    poll: async (after, signal) => {
      const { presets, rev } = await list(signal);
      return rev === after
        ? undefined
        : { type: 'changed', topic: 'presets', reset: true, rev, items: presets };
    },
  });
  return {
    get,
    subscribe,
    save: async (preset) => {
      const response = await client.call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(preset),
      });
      const saved = (await response.json()) as Preset;
      const others = get().filter(({ name }) => name !== saved.name);
      set([...others, saved].sort((one, other) => (one.name < other.name ? -1 : 1)));
    },
    remove: async (name) => {
      await client.call(`${path}/${encodeURIComponent(name)}`, { method: 'DELETE' });
      set(get().filter((preset) => preset.name !== name));
    },
    [Symbol.dispose]: stop,
  };
}
