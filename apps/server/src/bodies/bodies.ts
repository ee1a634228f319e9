import type { Readable } from 'node:stream';
import type { Bulk } from '@streambed/bedrock';
import { checkDepth, StreambedError } from '@streambed/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BodyScanner } from './body-scanner.ts';
import { receiveBody } from './read-body.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The long strings of a large body: `body` has stand-ins for them. Absent: it is whole. */
    bulk?: Bulk;
    /** What of the bound on large bodies it takes. */
    heldBytes: number;
  }
}

export interface BodyLimits {
  /** A body up to this size is read on the event loop, in bytes. */
  readonly small: number;
  /** Larger ones that are held at once, from their first byte to the end of their answer, in bytes. */
  readonly held: number;
}

export const defaultBodyLimits: BodyLimits = { small: 1024 * 1024, held: 512 * 1024 * 1024 };

/** Reads the bodies of requests: small ones on the event loop, large ones beside it. */
export class Bodies implements AsyncDisposable {
  readonly limits: BodyLimits;
  readonly #scanner = new BodyScanner();
  #held = 0;

  constructor(limits: Partial<BodyLimits> = {}) {
    this.limits = { ...defaultBodyLimits, ...limits };
  }

  /** Bytes of large bodies held now. */
  get held(): number {
    return this.#held;
  }

  /** Makes `app` read JSON so; what is large becomes `request.body` with stand-ins, and `request.bulk`. */
  readJson(app: FastifyInstance): void {
    const parse = app.getDefaultJsonParser('error', 'error');
    app.decorateRequest('bulk', undefined);
    app.decorateRequest('heldBytes', 0);
    app.addHook('onResponse', async (request) => {
      this.#held -= request.heldBytes;
      request.heldBytes = 0;
    });
    app.removeContentTypeParser('application/json');
    app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
      const text = await this.#text(request, payload);
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      const parsed = parse(request, text, (error, value) => (error ? reject(error) : resolve(value)));
      const value = await (parsed instanceof Promise ? parsed : promise);
      checkDepth(value);
      return value;
    });
  }

  /**
   * Makes `app` take any body as it is: a Buffer, or, where it is large and JSON, its text with stand-ins and
   * `request.bulk`.
   */
  readAnything(app: FastifyInstance): void {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', async (request: FastifyRequest, payload: Readable) => {
      const { buffer, length } = await this.#receive(request, payload);
      const bytes = () => Buffer.from(buffer, 0, length);
      return length <= this.limits.small ? bytes() : this.#scan(request, buffer, length);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scanner[Symbol.asyncDispose]();
  }

  async #text(request: FastifyRequest, payload: Readable): Promise<string> {
    const { buffer, length } = await this.#receive(request, payload);
    if (length <= this.limits.small) {
      return Buffer.from(buffer, 0, length).toString('utf8');
    }
    return this.#scan(request, buffer, length);
  }

  async #scan(
    request: FastifyRequest,
    buffer: ArrayBuffer | SharedArrayBuffer,
    length: number,
  ): Promise<string> {
    if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('a large body lies where threads see it');
    const { skeleton, bulk } = await this.#scanner.scan(buffer, length);
    request.bulk = bulk;
    return skeleton;
  }

  #receive(request: FastifyRequest, payload: Readable) {
    const { headers, routeOptions } = request;
    const header = headers['content-length'];
    const announced = header === undefined ? undefined : Number(header);
    const maxBytes = routeOptions.bodyLimit;
    const begin = () => {
      const bytes = announced ?? maxBytes;
      if (this.#held + bytes > this.limits.held) throw busy();
      this.#held += bytes;
      request.heldBytes = bytes;
    };
    return receiveBody(payload, { announced, maxBytes, large: { bytes: this.limits.small, begin } });
  }
}

function busy(): StreambedError {
  return new StreambedError('SB_BUSY', undefined, { retryAfterSeconds: 5 });
}
