import type { ClientId, GenerationId, MessagesRequest } from '@streambed/protocol';
import { emptyMessage } from '@streambed/protocol/fold';
import { systemClock } from './clock.ts';
import { type Connection, type ConnectionOptions, createConnection } from './connection.ts';
import { type Generation, startGeneration } from './generation.ts';
import type { AttachOptions, GenerateOptions, GenerationOrder } from './generation-order.ts';
import { type HttpApi, httpApi } from './http.ts';
import { openHttpSocket } from './http-socket.ts';
import { type Catalogue, fetchCatalogue } from './models.ts';

export interface ClientOptions extends Partial<Omit<ConnectionOptions, 'url'>> {
  /** Where the server's root is, `http:` or `https:`, with its base path. */
  readonly url: string;
  /** Used for HTTP instead of the platform's own. */
  readonly fetch?: typeof fetch;
}

/** One server, seen from a client. */
export interface Client extends Disposable {
  readonly connection: Connection;
  /** Our HTTP API, for what has no frame. Throws {@link HttpRefusal} for what the server refuses. */
  readonly call: HttpApi['call'];
  /** Asks for one answer. It never throws; a failure is how the generation ends. */
  generate(request: MessagesRequest, options?: GenerateOptions): Generation;
  /** Reads a generation that was started before, here or elsewhere: named by its `gen_…` or by the caller's own id. */
  attach(name: string, options?: AttachOptions): Generation;
  /** The models that can be asked here. */
  models(options?: { readonly signal?: AbortSignal }): Promise<Catalogue>;
  /** Ends the connection for good. */
  close(): void;
}

/** Makes a client and opens its connection. */
export function createClient(options: ClientOptions): Client {
  const base = new URL(options.url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  base.search = '';
  base.hash = '';
  const clock = options.clock ?? systemClock;
  const http = httpApi(base.href, options.fetch);
  const connection = createConnection({
    fallback: { probe: http.alive, openSocket: () => openHttpSocket(http, clock) },
    ...options,
    url: socketUrl(base),
  });
  let running = 0;

  // A server that is leaving finishes what runs here; then there is nothing to stay for.
  const leaveWhenIdle = () => {
    const line = connection.state.get();
    if (running === 0 && line.state === 'connected' && line.leaving) connection.leave();
  };
  connection.state.subscribe(leaveWhenIdle);

  const start = (order: GenerationOrder): Generation => {
    const generation = startGeneration({ connection, http, clock }, order);
    running += 1;
    void generation.ended.then(() => {
      running -= 1;
      leaveWhenIdle();
    });
    return generation;
  };

  const generate: Client['generate'] = (request, more) => start({ ...more, request });
  const attach: Client['attach'] = (name, { after = 0, message = emptyMessage, ...more } = {}) =>
    name.startsWith('gen_')
      ? start({ ...more, attach: { generation: name as GenerationId, after, message } })
      : start({ ...more, id: name as ClientId, attach: { after, message } });

  connection.open();
  return {
    connection,
    call: http.call,
    generate,
    attach,
    models: (more) => fetchCatalogue(base.href, { ...more, ...(options.fetch && { fetch: options.fetch }) }),
    close: () => connection.close(),
    [Symbol.dispose]: () => connection.close(),
  };
}

function socketUrl(base: URL): string {
  const url = new URL('ws', base);
  url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
