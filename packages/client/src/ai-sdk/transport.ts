import type { MessagesRequest } from '@streambed/protocol';
import type { ChatTransport, UIMessage, UIMessageChunk } from 'ai';
import { type Client, type ClientOptions, createClient } from '../client.ts';
import type { Generation } from '../generation.ts';
import { type GenerateOptions, newId } from '../generation-order.ts';
import { isEnded } from '../snapshot.ts';
import { chunksOf } from './to-chunks.ts';
import { toMessages } from './to-messages.ts';

/** Where the name of a chat's running answer is kept; a browser's `sessionStorage` is one. */
export type NameStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface StreambedChatTransportOptions
  extends Pick<GenerateOptions, 'stream' | 'on_disconnect' | 'store'> {
  /** Where the server's root is; default: the page's own. */
  readonly url?: string;
  /** A client to share; else one is made of `url` with the first message. */
  readonly client?: Client;
  readonly clientOptions?: Omit<ClientOptions, 'url'>;
  /** The model asked where the message's `body` names none. */
  readonly model?: string;
  /** Goes into every request: `system`, `max_tokens`, `tools`, … */
  readonly request?: Partial<Omit<MessagesRequest, 'messages'>>;
  /** Default: the tab's `sessionStorage`, or memory where there is none. */
  readonly storage?: NameStorage;
}

type SendOptions = Parameters<ChatTransport<UIMessage>['sendMessages']>[0];
type ReconnectOptions = Parameters<ChatTransport<UIMessage>['reconnectToStream']>[0];

/**
 * The AI SDK's `useChat` over Streambed: `useChat({ transport: new StreambedChatTransport({ model: 'anthropic' }) })`.
 * A lost line is mended unseen. With `resume: true` a page that reloads in mid-answer goes on with it; `stop()`
 * cancels on the server. Fields of a message's `body` go into the request, so `body: { model }` chooses the model.
 */
export class StreambedChatTransport<M extends UIMessage = UIMessage> implements ChatTransport<M> {
  /** A stream that is reconnected to starts at its beginning; the SDK replaces the message it had. */
  readonly resumeStreamIsReplay = true;
  readonly #options: StreambedChatTransportOptions;
  readonly #storage: NameStorage;
  readonly #reading = new Map<string, Generation>();
  #client: Client | undefined;

  constructor(options: StreambedChatTransportOptions = {}) {
    this.#options = options;
    this.#storage = options.storage ?? defaultStorage();
    this.#client = options.client;
  }

  /** Asks. A failure of any kind is a chunk of the stream, never a rejection. */
  async sendMessages({
    chatId,
    messages,
    abortSignal,
    body,
  }: SendOptions): Promise<ReadableStream<UIMessageChunk>> {
    const { model = 'anthropic', request, stream, on_disconnect, store } = this.#options;
    const { system, messages: turns } = toMessages(messages);
    const id = newId();
    this.#storage.setItem(keyOf(chatId), id);
    const generation = this.#open().generate(
      { model, ...(system !== '' && { system }), ...request, ...body, messages: turns },
      {
        id,
        ...(stream !== undefined && { stream }),
        ...(on_disconnect && { on_disconnect }),
        ...(store && { store }),
        ...(abortSignal && { signal: abortSignal }),
      },
    );
    return this.#read(chatId, generation);
  }

  /** The chat's running answer from its beginning; null where none is running any more. */
  async reconnectToStream({
    chatId,
    abortSignal,
  }: ReconnectOptions): Promise<ReadableStream<UIMessageChunk> | null> {
    const id = this.#storage.getItem(keyOf(chatId));
    if (id === null) return null;
    const generation = this.#open().attach(id);
    const stream = this.#read(chatId, generation);
    abortSignal?.addEventListener('abort', () => {
      // A second reconnect of one chat aborts the first: only who stops the last one means the answer itself.
      setTimeout(() => {
        if (this.#reading.get(chatId) === generation) generation.cancel();
        else generation.detach();
      }, 0);
    });
    await known(generation);
    if (generation.get().generation !== undefined) return stream;
    await stream.cancel();
    return null;
  }

  /** Ends the connection, if it was made here. */
  close(): void {
    if (this.#options.client === undefined) this.#client?.close();
  }

  #open(): Client {
    const { url = pageRoot(), clientOptions } = this.#options;
    if (this.#client === undefined && url === undefined)
      throw new TypeError('StreambedChatTransport: say where the server is: { url }.');
    this.#client ??= createClient({ ...clientOptions, url: url as string });
    return this.#client;
  }

  #read(chatId: string, generation: Generation): ReadableStream<UIMessageChunk> {
    this.#reading.set(chatId, generation);
    void generation.ended.then(({ phase }) => {
      if (this.#reading.get(chatId) !== generation) return;
      this.#reading.delete(chatId);
      // Interrupted here may still be running there.
      if (phase !== 'interrupted') this.#storage.removeItem(keyOf(chatId));
    });
    const events = generation[Symbol.asyncIterator]();
    const toChunks = chunksOf(`msg-${generation.id}`);
    return new ReadableStream<UIMessageChunk>({
      // Pulled: what nobody reads waits merged, not chunk by chunk.
      async pull(controller) {
        for (;;) {
          const { done, value } = await events.next();
          if (done) {
            controller.close();
            return;
          }
          const chunks = toChunks(value);
          for (const chunk of chunks) controller.enqueue(chunk);
          if (chunks.length > 0) return;
        }
      },
      cancel: () => generation.detach(),
    });
  }
}

/** The folder of the page, where there is one. */
function pageRoot(): string | undefined {
  return globalThis.document && new URL('.', document.baseURI).href;
}

function keyOf(chatId: string): string {
  return `streambed.chat.${chatId}`;
}

/** Resolves when the server has answered for the generation, or it has ended without that. */
function known(generation: Generation): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      const { generation: name, phase } = generation.get();
      if (name === undefined && !isEnded(phase)) return;
      stop();
      resolve();
    };
    const stop = generation.subscribe(check);
    check();
  });
}

function defaultStorage(): NameStorage {
  try {
    if (typeof sessionStorage !== 'undefined') return sessionStorage;
  } catch {
    // A page may be refused its storage.
  }
  const names = new Map<string, string>();
  return {
    getItem: (key) => names.get(key) ?? null,
    setItem: (key, value) => void names.set(key, value),
    removeItem: (key) => void names.delete(key),
  };
}
