import { Readable } from 'node:stream';
import { StreambedError } from '@streambed/protocol';
import type { Dispatcher } from 'undici';
import { startDeadline } from '../deadlines.ts';
import { type Body, inTurn, isParts } from './body.ts';

/** A request as it goes to the socket. */
export interface WireCall {
  readonly method: 'GET' | 'POST';
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
}

/** Status line and headers. Names are lower-case. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bytes that wait for their reader before the socket is paused, so that a slow reader costs bounded memory. */
const maxWaitingBytes = 256 * 1024;

/**
 * One HTTP request and its answer. The body comes in batches of what each socket read brought: the pieces of one read
 * arrive in one synchronous run and wake the reader once. Whoever makes one ends it: read to the end, or `abort`.
 */
export class Exchange {
  readonly head: Promise<ResponseHead>;
  readonly #head = Promise.withResolvers<ResponseHead>();
  #controller: Dispatcher.DispatchController | undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #ended = false;
  #failure: unknown;
  #reader:
    | { resolve: (chunks: Uint8Array[] | undefined) => void; reject: (error: unknown) => void }
    | undefined;

  /**
   * Sends the request. `head` rejects, and `next` throws, with what the connection failed with, with
   * `SB_TIMEOUT_CONNECT`, or with what `abort` was given.
   */
  constructor(dispatcher: Dispatcher, call: WireCall, connectMs: number) {
    this.head = this.#head.promise;
    // A caller that aborts may no longer be waiting for the head.
    this.head.catch(() => {});
    const connecting = startDeadline(connectMs, 'SB_TIMEOUT_CONNECT', (error) => this.abort(error));
    const connected = () => connecting[Symbol.dispose]();
    dispatcher.dispatch(
      {
        origin: call.origin,
        path: call.path,
        method: call.method,
        headers: call.headers,
        body: (isParts(call.body) ? Readable.from(inTurn(call.body)) : call.body) ?? null,
      },
      {
        onRequestStart: (controller) => {
          connected();
          this.#controller = controller;
          // Aborted while it waited for its connection: nothing may be sent.
          if (this.#failure !== undefined) controller.abort(asError(this.#failure));
        },
        onResponseStart: (_controller, status, headers) => {
          if (status >= 200) this.#head.resolve({ status, headers: flatten(headers) });
        },
        onResponseData: (controller, chunk) => this.#push(controller, chunk),
        onResponseEnd: () => {
          this.#ended = true;
          this.#wake();
        },
        onResponseError: (_controller, error) => {
          connected();
          this.#fail(error);
        },
      },
    );
  }

  /**
   * The next pieces of the body, all that are there; `undefined` at its end. Throws once what is there has been read,
   * so nothing that arrived before a failure is lost. One reader at a time.
   */
  next(): Promise<Uint8Array[] | undefined> | Uint8Array[] | undefined {
    if (this.#waiting.length > 0) return this.#takeWaiting();
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended) return undefined;
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  /** The whole body as text. Throws as {@link bytes} does. */
  async text(maxBytes: number): Promise<string> {
    return (await this.bytes(maxBytes)).toString('utf8');
  }

  /** The whole body. Throws `SB_UPSTREAM_UNEXPECTED` when it is longer than `maxBytes`. */
  async bytes(maxBytes: number): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const chunks = await this.next();
      if (chunks === undefined) return Buffer.concat(pieces);
      for (const chunk of chunks) {
        size += chunk.byteLength;
        pieces.push(chunk);
      }
      if (size > maxBytes) {
        const error = new StreambedError(
          'SB_UPSTREAM_UNEXPECTED',
          `The upstream's answer is longer than ${maxBytes} bytes.`,
        );
        this.abort(error);
        throw error;
      }
    }
  }

  /** Closes the upstream request at once; whoever waits gets `reason`. No effect after the end. */
  abort(reason: unknown): void {
    if (this.#ended || this.#failure !== undefined) return;
    // What hasn't been read is not wanted any more.
    this.#waiting = [];
    this.#fail(reason);
    this.#controller?.abort(asError(reason));
  }

  #push(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.byteLength;
    if (this.#reader !== undefined) this.#wake();
    else if (this.#waitingBytes > maxWaitingBytes && !controller.paused) controller.pause();
  }

  #fail(reason: unknown): void {
    if (this.#failure !== undefined || this.#ended) return;
    this.#failure = reason;
    this.#head.reject(reason);
    this.#wake();
  }

  /** Lets the reader take what is there. Deferred by a microtask, so that all pieces of this read are. */
  #wake(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    queueMicrotask(() => {
      if (this.#waiting.length > 0) reader.resolve(this.#takeWaiting());
      else if (this.#failure !== undefined) reader.reject(this.#failure);
      else reader.resolve(undefined);
    });
  }

  #takeWaiting(): Uint8Array[] {
    const chunks = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#controller?.paused) this.#controller.resume();
    return chunks;
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
