import {
  Burst,
  type EventItem,
  endOf,
  type GenerationId,
  type GenerationStop,
  StreambedError,
} from '@streambed/protocol';
import { maxFrameBytes } from '@streambed/protocol/frames';
import type { Caller } from '../access/caller.ts';
import type { Presence } from '../access/presence.ts';
import type { SocketLoad } from '../generation/admission.ts';
import type { GenerationRegistry } from '../generation/registry.ts';
import { untilFault } from '../http/request-context.ts';
import type { Connection } from '../socket/connection.ts';
import { type Outgoing, textsOf } from '../socket/outgoing.ts';
import { relay } from '../socket/relay.ts';
import type { LogBatch } from '../stream-log/stream-log.ts';
import { type ModelQuery, readModelQuery } from './ws-model-query.ts';

/** So many prompts may wait behind the one that is being answered. */
export const maxWaiting = 16;

export interface ModelSocketOptions {
  readonly registry: GenerationRegistry;
  readonly presence: Presence;
  /** The query of the URL that the socket was opened with. */
  readonly query: URLSearchParams;
  /** Told of what was thrown in answering a prompt, and of the socket's name. */
  readonly onThrown?: (thrown: unknown, socket: string) => void;
}

/**
 * The plain WebSocket, `/ws/model`: each text in is a prompt of its own, and its answer is text out, in order. A
 * failure, a wrong query included, is one text `error: …` in place of (or, in mid-answer, after) the prompt's answer;
 * the socket stays open.
 */
export class ModelSocket {
  readonly #connection: Connection;
  readonly #options: ModelSocketOptions;
  readonly #load: SocketLoad = { running: 0 };
  /** Prompts, and in their place what is wrong with one that can't be asked, so that answers stay in order. */
  readonly #waiting: (string | StreambedError)[] = [];
  #busy = false;
  #answered: Promise<void> = Promise.resolve();

  constructor(connection: Connection, options: ModelSocketOptions) {
    this.#connection = connection;
    this.#options = options;
    connection.listen({
      onText: (text) => this.#receive(text),
      onBinary: (bytes) => this.#receiveBytes(bytes),
    });
    connection.pingByProtocol();
  }

  get caller(): Caller | undefined {
    const { presence } = this.#options;
    return presence.known ? presence.caller : undefined;
  }

  /** Resolves when every prompt received so far has its answer. */
  async settled(): Promise<void> {
    await this.#answered;
  }

  #receive(prompt: string): void {
    this.#queue(wrongWith(prompt) ?? prompt);
  }

  #receiveBytes(bytes: Uint8Array): void {
    try {
      this.#receive(utf8.decode(bytes));
    } catch {
      this.#queue(new StreambedError('SB_BAD_REQUEST', 'This binary message is not UTF-8 text.'));
    }
  }

  #queue(prompt: string | StreambedError): void {
    if (this.#waiting.length >= maxWaiting) {
      const message = `Already ${maxWaiting} prompts wait on this socket. This one is dropped; send it again after an answer.`;
      this.#sendError(new StreambedError('SB_TOO_MANY_PROMPTS', message));
      return;
    }
    this.#waiting.push(prompt);
    if (!this.#busy) this.#answered = this.#answerAll();
  }

  /** Answers what waits, one after another. Never rejects. */
  async #answerAll(): Promise<void> {
    this.#busy = true;
    for (let prompt = this.#waiting.shift(); prompt !== undefined; prompt = this.#waiting.shift()) {
      if (this.#connection.closed.aborted) break;
      try {
        if (prompt instanceof StreambedError) throw prompt;
        await untilFault(this.#connection.id, () => this.#answer(prompt));
      } catch (thrown) {
        this.#options.onThrown?.(thrown, this.#connection.id);
        this.#sendError(thrown);
      }
    }
    this.#busy = false;
  }

  async #answer(prompt: string): Promise<void> {
    const { registry, presence } = this.#options;
    const query = readModelQuery(this.#options.query);
    const { record } = await registry.start({
      caller: presence.caller,
      socket: this.#load,
      request: { ...query.request, messages: [{ role: 'user', content: prompt }] },
      surface: 'model-socket',
      stream: query.streaming,
      store: 'none',
      whenUnread: 'cancel at once',
      gone: this.#connection.closed,
    });
    // Detached when the socket closes too: then nobody reads the answer, and the registry cancels it.
    const detach = registry.attach(record.generation);
    try {
      const stop = await this.#send(record.generation, query);
      if (stop !== undefined) this.#sendEnding(stop);
    } finally {
      detach();
    }
  }

  /** Sends an answer as it comes, or whole when it is complete. Resolves with its end, where it was read so far. */
  async #send(generation: GenerationId, query: ModelQuery): Promise<GenerationStop | undefined> {
    const { log } = this.#options.registry;
    let stop: GenerationStop | undefined;
    const pieces: Outgoing[] = [];
    const encode = (batch: LogBatch, merge: boolean) => {
      stop = endOf(batch.items);
      return encodeText(batch, merge);
    };
    const batches = log.read(generation, { after: 0, signal: this.#connection.closed });
    if (query.streaming) {
      await relay(batches, this.#connection, encode, false);
    } else {
      for await (const batch of batches) pieces.push(...encode(batch, true));
      if (stop?.state === 'completed') await this.#connection.send([textsOf(pieces).join('')]);
    }
    return stop;
  }

  #sendEnding(stop: GenerationStop): void {
    if (stop.error !== undefined) this.#sendText(`error: ${stop.error.message} (${stop.error.code})`);
    else if (stop.state !== 'completed') this.#sendText(`error: the answer was ${stop.state}`);
  }

  #sendError(thrown: unknown): void {
    const error = StreambedError.from(thrown);
    this.#sendText(`error: ${error.message} (${error.code})`);
  }

  #sendText(text: string): void {
    void this.#connection.send([text]);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What is wrong with a prompt that can't be asked. */
function wrongWith(prompt: string): StreambedError | undefined {
  if (Buffer.byteLength(prompt) > maxFrameBytes) {
    return new StreambedError('SB_TOO_LARGE', `A prompt may hold at most ${maxFrameBytes} bytes of UTF-8.`);
  }
  return prompt.trim() === '' ? new StreambedError('SB_BAD_REQUEST', 'The prompt is empty.') : undefined;
}

/** One message per text delta; for a client that has fallen behind, what waits as one. */
function encodeText({ items }: LogBatch, merge: boolean): readonly Outgoing[] {
  if (merge) {
    const text = items.map(textOf).join('');
    return text === '' ? [] : [text];
  }
  const outgoing: Outgoing[] = [];
  const add = (text: string) => {
    if (text !== '') outgoing.push(text);
  };
  for (const item of items) {
    if (!(item instanceof Burst)) add(textOf(item));
    else if (isVerbatim(item)) outgoing.push({ burst: item, before: '', between: '', after: '' });
    else if (item.kind === 'text_delta') for (const { text } of item.events()) add(text ?? '');
  }
  return outgoing;
}

/** Whether it is text that stands in JSON as it is meant, and no piece of it is empty. */
function isVerbatim({ kind, said, ends }: Burst): boolean {
  if (kind !== 'text_delta' || said.includes('\\')) return false;
  let before = 0;
  for (const end of ends) {
    if (end === before) return false;
    before = end;
  }
  return true;
}

/** The answer's text that events carry; thinking and tool calls are none. */
function textOf(item: EventItem): string {
  if (item instanceof Burst) return item.kind === 'text_delta' ? item.text : '';
  const { event } = item;
  if (event.type === 'content_block_delta') return event.delta.type === 'text_delta' ? event.delta.text : '';
  if (event.type !== 'content_block_start' || event.content_block.type !== 'text') return '';
  return typeof event.content_block.text === 'string' ? event.content_block.text : '';
}
