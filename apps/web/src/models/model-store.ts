import { type Catalogue, type Client, createStore, type Readable } from '@streambed/client';

export interface ModelState extends Catalogue {
  /** False until the list was read once. */
  readonly loaded: boolean;
}

const retryMs = 3_000;

/** The models that can be asked; read again with every new connection, since another server may be there now. */
export function createModelStore(client: Client): Readable<ModelState> {
  const store = createStore<ModelState>({
    loaded: false,
    models: [],
    upstream: { kind: 'bedrock', region: '' },
  });
  let reading: AbortController | undefined;

  const read = async (signal: AbortSignal) => {
    try {
      const catalogue = await client.models({ signal });
      if (!signal.aborted) store.set({ loaded: true, ...catalogue });
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
