import { StreambedError } from '@streambed/protocol';
import { startConnectDeadline } from '../deadlines.ts';
import { Intake } from './intake.ts';
import type { AnswerListener, ResponseHead, Sending, Wire, WireCall } from './wire.ts';

/** Bytes that wait for their reader before the socket is paused, so that a slow reader costs bounded memory. */
const maxWaitingBytes = 256 * 1024;

/**
 * One HTTP request and its answer. The body comes in batches of what each turn of the event loop brought, which wake the
 * reader once. Whoever makes one ends it: read to the end, or `abort`.
 */
export class Exchange implements AnswerListener {
  readonly head: Promise<ResponseHead>;
  readonly #head = Promise.withResolvers<ResponseHead>();
  readonly #wire: Wire;
  readonly #sending: Sending;
  readonly #connectMs: number;
  #connecting: Disposable | undefined;
  #isPaused = false;
  #isWaking = false;
  readonly #intake = new Intake();
  #ended = false;
  #failure: unknown;
  #reader:
    | { resolve: (chunks: Uint8Array[] | undefined) => void; reject: (error: unknown) => void }
    | undefined;

  /**
   * Sends the request. `head` rejects, and `next` throws, with what the connection failed with, with
   * `SB_TIMEOUT_CONNECT`, or with what `abort` was given.
   */
  constructor(wire: Wire, call: WireCall, connectMs: number) {
    this.head = this.#head.promise;
    // A caller that aborts may no longer be waiting for the head.
    this.head.catch(() => {});
    this.#wire = wire;
    this.#connectMs = connectMs;
    this.#sending = wire.send(call, this);
  }

  onConnecting(): void {
    this.#connecting = startConnectDeadline(this.#connectMs, (error) => this.abort(error));
  }

  onConnected(): void {
    this.#connecting?.[Symbol.dispose]();
  }

  onHead(head: ResponseHead): void {
    this.#head.resolve(head);
  }

  onBody(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    this.#intake.add(bytes);
    if (this.#reader !== undefined) this.#wake();
    if (this.#intake.length > maxWaitingBytes && !this.#isPaused) {
      this.#isPaused = true;
      this.#sending.pause();
    }
  }

  onEnd(): void {
    this.#ended = true;
    this.#wake();
  }

  onError(error: unknown): void {
    this.#connecting?.[Symbol.dispose]();
    this.#fail(error);
  }

  /**
   * The next pieces of the body, all that are there; `undefined` at its end. They are good until the next call: their
   * memory goes round. Throws once what is there has been read, so nothing that arrived before a failure is lost. One
   * reader at a time.
   */
  next(): Promise<Uint8Array[] | undefined> | Uint8Array[] | undefined {
    if (this.#intake.length > 0) return this.#takeWaiting();
    this.#intake.giveBack();
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
        pieces.push(Buffer.from(chunk));
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
    this.#intake.drop();
    this.#fail(reason);
    this.#connecting?.[Symbol.dispose]();
    this.#sending.abort(asError(reason));
  }

  #fail(reason: unknown): void {
    if (this.#failure !== undefined || this.#ended) return;
    this.#failure = reason;
    this.#head.reject(reason);
    this.#wake();
  }

  /** Lets the reader take what is there, once all of this read is. */
  #wake(): void {
    if (this.#reader === undefined || this.#isWaking) return;
    this.#isWaking = true;
    this.#wire.afterReads(() => {
      this.#isWaking = false;
      const reader = this.#reader;
      this.#reader = undefined;
      if (this.#intake.length > 0) reader?.resolve(this.#takeWaiting());
      else if (this.#failure !== undefined) reader?.reject(this.#failure);
      else reader?.resolve(undefined);
    });
  }

  #takeWaiting(): Uint8Array[] {
    const chunks = this.#intake.take();
    if (this.#isPaused) {
      this.#isPaused = false;
      this.#sending.resume();
    }
    return chunks;
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
