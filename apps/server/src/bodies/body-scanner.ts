import { Worker } from 'node:worker_threads';
import { Bulk } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';
import { scanWorkerFile } from '../paths.ts';
import { maxSkeleton } from './limits.ts';
import type { ScanOrder, ScanReply } from './scan-worker.ts';

/** A large body as it is handled from here on. */
export interface LargeBody {
  /** JSON text with its long strings left out. */
  readonly skeleton: string;
  /** What was left out. */
  readonly bulk: Bulk;
}

interface Waiting {
  readonly prefix: string;
  readonly bytes: Uint8Array;
  readonly resolve: (body: LargeBody) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Takes large bodies apart in a thread of its own, so that the event loop never holds still for one. The thread is
 * started when the first comes. How many may wait is bounded by who hands them in.
 */
export class BodyScanner implements AsyncDisposable {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #count = 0;
  #closed = false;

  /** The thread looks at the bytes where they are. Rejects with `SB_BAD_JSON`, `SB_TOO_LARGE`, or `SB_DRAINING` where the server stops. */
  scan(body: SharedArrayBuffer, length: number): Promise<LargeBody> {
    if (this.#closed)
      return Promise.reject(new StreambedError('SB_DRAINING', undefined, { retryAfterSeconds: 1 }));
    const { promise, resolve, reject } = Promise.withResolvers<LargeBody>();
    this.#count += 1;
    const order: ScanOrder = { id: this.#count, body, length, prefix: Bulk.prefix(), maxSkeleton };
    const bytes = new Uint8Array(body, 0, length);
    this.#waiting.set(order.id, { prefix: order.prefix, bytes, resolve, reject });
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(order);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#failAll(new StreambedError('SB_DRAINING', undefined, { retryAfterSeconds: 1 }));
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(scanWorkerFile);
    worker.unref();
    worker.on('message', (reply: ScanReply) => this.#settle(reply));
    // A thread that fails takes only what it was given with it; the next body starts another.
    worker.on('error', (error) => this.#failAll(error));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#failAll(new StreambedError('SB_INTERNAL'));
    });
    return worker;
  }

  #settle(reply: ScanReply): void {
    const waiting = this.#waiting.get(reply.id);
    if (waiting === undefined) return;
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    const { prefix, bytes, resolve, reject } = waiting;
    if ('scanned' in reply) {
      const { skeleton, pieces, digests } = reply.scanned;
      resolve({ skeleton, bulk: new Bulk([{ prefix, bytes, pieces, digests }]) });
      return;
    }
    const { refused, message } = reply;
    if (refused === 'not JSON')
      reject(new StreambedError('SB_BAD_JSON', `This is not valid JSON: ${message}`));
    else if (refused === 'too much') reject(tooMuch());
    else reject(new StreambedError('SB_INTERNAL', undefined, { cause: new Error(message) }));
  }

  #failAll(error: unknown): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(error);
  }
}

function tooMuch(): StreambedError {
  return new StreambedError(
    'SB_TOO_LARGE',
    `Beside its long texts, images and documents a request may hold at most ${maxSkeleton} bytes: turns, short texts and tools. Send less of them.`,
  );
}
