import {
  type Catalogue,
  type CatalogueModel,
  type Client,
  createStore,
  fetchModelCatalogue,
  type Readable,
} from '@streambed/client';

export interface ModelState extends Catalogue {
  /** False until the list was read once. */
  readonly loaded: boolean;
  /** Every model there is, also those that can't be asked here; empty until it was read. */
  readonly all: readonly CatalogueModel[];
  /** Of which day the prices are. */
  readonly pricesOf: string;
}

const retryMs = 3_000;

/**
 * The models that can be asked, read again with every new connection, since another server may be there now; and, a
 * moment later, what is known of each.
 */
export function createModelStore(client: Client): Readable<ModelState> {
  const store = createStore<ModelState>({
    loaded: false,
    models: [],
    all: [],
    pricesOf: '',
    upstream: { kind: 'bedrock', region: '' },
  });
  let reading: AbortController | undefined;

  const read = async (signal: AbortSignal) => {
    try {
      const catalogue = await client.models({ signal });
      if (signal.aborted) return;
      store.set({ ...store.get(), loaded: true, ...catalogue });
      const { models: all, date } = await fetchModelCatalogue(client, { signal });
      if (!signal.aborted) store.set({ ...store.get(), all, pricesOf: date });
    } catch {
      if (signal.aborted) return;
      const timer = setTimeout(() => read(signal), retryMs);
      signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
    }
  };

  const follow = () => {
    const connected = client.connection.state.get().state === 'connected';
    if (connected === (reading !== undefined)) return;
    reading?.abort();
    reading = connected ? new AbortController() : undefined;
    if (reading !== undefined) void read(reading.signal);
  };
  client.connection.state.subscribe(follow);
  follow();
  return store;
}

/** What is known of the model that `name` (an alias or an id) leads to. */
export function factsOf({ all, models }: ModelState, name: string): CatalogueModel | undefined {
  const id = models.find((listing) => listing.name === name)?.model ?? name;
  return all.find((model) => model.id === id || model.aliases.includes(name));
}
