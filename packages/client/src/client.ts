import type { MessagesRequest } from '@streambed/protocol';
import { systemClock } from './clock.ts';
import { type Connection, type ConnectionOptions, createConnection } from './connection.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { type GenerateOptions, type Generation, startGeneration } from './generation.ts';
import { type Catalogue, fetchCatalogue } from './models.ts';

export interface ClientOptions extends Partial<Omit<ConnectionOptions, 'url'>> {
  /** Where the server's root is, `http:` or `https:`, with its base path. */
  readonly url: string;
}

/** One server, seen from a client. */
export interface Client extends Disposable {
  readonly connection: Connection;
  /** Asks for one answer. It never throws; a failure is how the generation ends. */
  generate(request: MessagesRequest, options?: GenerateOptions): Generation;
  /** A conversation kept in memory. */
  conversation(): Conversation;
  /** The models that can be asked here. */
  models(options?: { readonly signal?: AbortSignal }): Promise<Catalogue>;
  /** Ends the connection for good. */
  close(): void;
}

/** Makes a client and opens its connection. */
export function createClient(options: ClientOptions): Client {
  const base = new URL(options.url);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  const clock = options.clock ?? systemClock;
  const connection = createConnection({ ...options, url: socketUrl(base) });
  let running = 0;

  // A server that is leaving finishes what runs here; then there is nothing to stay for.
  const leaveWhenIdle = () => {
    const line = connection.state.get();
    if (running === 0 && line.state === 'connected' && line.leaving) connection.leave();
  };
  connection.state.subscribe(leaveWhenIdle);

  const generate: Client['generate'] = (request, generateOptions) => {
    const generation = startGeneration(connection, request, generateOptions, clock);
    running += 1;
    void generation.ended.then(() => {
      running -= 1;
      leaveWhenIdle();
    });
    return generation;
  };

  connection.open();
  return {
    connection,
    generate,
    conversation: () => createConversation(generate),
    models: (modelOptions) => fetchCatalogue(base.href, modelOptions),
    close: () => connection.close(),
    [Symbol.dispose]: () => connection.close(),
  };
}

function socketUrl(base: URL): string {
  const url = new URL('ws', base);
  url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  url.search = '';
  url.hash = '';
  return url.href;
}
