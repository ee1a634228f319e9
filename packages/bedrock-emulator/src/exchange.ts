import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, Http2ServerRequest, type Http2ServerResponse } from 'node:http2';

export type IncomingRequest = IncomingMessage | Http2ServerRequest;
export type OutgoingResponse = ServerResponse | Http2ServerResponse;

/** Why a request is no longer open: answered whole, left by its client, broken on purpose, or cut by `stop()`. */
export type EndedBy = 'done' | 'client' | 'fault' | 'stop';

/** Thrown by everything that waits on a connection which is no longer there. Nobody is left to tell. */
export class ConnectionGone extends Error {
  constructor() {
    super('The connection is gone.');
    this.name = 'ConnectionGone';
  }
}

const ofTheConnection = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'proxy-connection',
]);

const bodyDeadlineMs = 60_000;

/**
 * One HTTP request and its answer, the same over HTTP/1.1 and HTTP/2. Everything that waits on it ends with
 * `ConnectionGone` when the connection goes; `send` is where a slow reader is felt.
 */
export class Exchange {
  readonly method: string;
  /** The path as it was on the wire, without the query. */
  readonly path: string;
  /** The query as it was on the wire, without the `?`. */
  readonly query: string;
  /** Names in lower case, repeated headers joined; `host` is there on HTTP/2 too. */
  readonly headers: Readonly<Record<string, string>>;
  readonly httpVersion: '1.1' | '2.0';
  readonly requestId: string;

  /** Set by whoever spoils the answer on purpose, before the connection closes. */
  faulted = false;
  /** How far this answer's `Date` is ahead of the time. */
  clockAheadMs = 0;

  readonly #request: IncomingRequest;
  readonly #response: OutgoingResponse;
  // A set of callbacks and not an AbortSignal: a paced stream waits once a frame, and listening to a signal costs more
  // than the wait.
  readonly #waiting = new Set<() => void>();
  #gone = false;
  #ended = false;

  /** `closed` is called exactly once, when nothing more can be sent; `whole` says whether all of it was. */
  constructor(
    request: IncomingRequest,
    response: OutgoingResponse,
    requestId: string,
    closed: (whole: boolean) => void,
  ) {
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    this.method = request.method ?? 'GET';
    this.path = mark === -1 ? target : target.slice(0, mark);
    this.query = mark === -1 ? '' : target.slice(mark + 1);
    this.headers = plainHeaders(request);
    this.httpVersion = request instanceof Http2ServerRequest ? '2.0' : '1.1';
    this.requestId = requestId;
    this.#request = request;
    this.#response = response;

    request.on('error', ignore);
    response.on('error', ignore);
    response.once('close', () => {
      this.#gone = true;
      for (const leave of this.#waiting) leave();
      // Over HTTP/2 Node emits `finish` for broken answers too: the stream itself knows better.
      const sent = request instanceof Http2ServerRequest ? request.stream : (response as ServerResponse);
      closed(this.#ended && sent.writableFinished);
    });
  }

  /**
   * The whole body, or `undefined` when it is longer than `limit`: then the rest is read and thrown away, up to four
   * times the limit, because a client that is still sending wouldn't see an early answer.
   */
  readBody(limit: number): Promise<Buffer | undefined> {
    const request = this.#request;
    const chunks: Buffer[] = [];
    let size = 0;
    const deadline = setTimeout(() => this.#destroy(), bodyDeadlineMs);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else if (size > limit * 4) this.#destroy();
      else chunks.length = 0;
    });
    const ended = new Promise<void>((resolve) => request.once('end', () => resolve()));
    return this.wait(undefined, ended)
      .then(() => (size > limit ? undefined : Buffer.concat(chunks)))
      .finally(() => clearTimeout(deadline));
  }

  /** Sends the status line and headers. `x-amzn-RequestId` is on every answer. */
  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#gone) throw new ConnectionGone();
    const response = this.#response;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('x-amzn-RequestId', this.requestId);
    if (this.clockAheadMs !== 0)
      response.setHeader('Date', new Date(Date.now() + this.clockAheadMs).toUTCString());
    // Node would add a Keep-Alive header, which AWS doesn't send.
    if (this.httpVersion === '1.1' && this.headers.connection?.toLowerCase() !== 'close')
      response.setHeader('Connection', 'keep-alive');
    response.statusCode = status;
  }

  /** Sends a status line and headers as they were recorded; nothing is added but what the connection needs. */
  headAsRecorded(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.#gone) throw new ConnectionGone();
    for (const [name, value] of Object.entries(headers))
      if (!ofTheConnection.has(name.toLowerCase())) this.#response.setHeader(name, value);
    this.#response.statusCode = status;
  }

  /** Sends the headers now, and not with the first bytes of the body. */
  flush(): void {
    if (!this.#gone) (this.#response as ServerResponse).flushHeaders();
  }

  /**
   * Sends bytes of the body. What comes back, when anything does, resolves when the reader has room again.
   * Throws or rejects with `ConnectionGone`.
   */
  send(bytes: Uint8Array): Promise<void> | undefined {
    if (this.#gone) throw new ConnectionGone();
    const room = (this.#response as ServerResponse).write(bytes);
    return room ? undefined : this.#drained();
  }

  /** Ends the answer whole. */
  end(bytes?: Uint8Array): void {
    if (this.#gone) throw new ConnectionGone();
    this.#ended = true;
    if (bytes === undefined) (this.#response as ServerResponse).end();
    else (this.#response as ServerResponse).end(bytes);
  }

  /**
   * Breaks the connection after `bytes` have left: the socket on HTTP/1.1, this stream alone on HTTP/2, because other
   * requests of the same client share the socket.
   */
  cut(bytes?: Uint8Array): void {
    this.faulted = true;
    if (this.#gone) return;
    // What was written leaves the process a tick later; without it the cut would come before the answer.
    if (bytes === undefined) setImmediate(() => this.#destroy());
    else (this.#response as ServerResponse).write(bytes, () => this.#destroy());
  }

  /** A wait that ends at once when the connection goes: then it rejects with `ConnectionGone`. */
  wait(ms: number | undefined, until?: PromiseLike<unknown>): Promise<void> {
    return this.#until((settle) => {
      if (until !== undefined) Promise.resolve(until).then(settle, settle);
      if (ms === undefined) return () => {};
      const timer = setTimeout(settle, ms);
      return () => clearTimeout(timer);
    });
  }

  #drained(): Promise<void> {
    return this.#until((settle) => {
      this.#response.once('drain', settle);
      return () => this.#response.removeListener('drain', settle);
    });
  }

  /** Resolves when what `start` began calls back, rejects when the connection goes first: then `start`'s undoing runs. */
  #until(start: (settle: () => void) => () => void): Promise<void> {
    if (this.#gone) return Promise.reject(new ConnectionGone());
    return new Promise((resolve, reject) => {
      const leave = () => {
        undo();
        reject(new ConnectionGone());
      };
      const undo = start(() => {
        this.#waiting.delete(leave);
        undo();
        resolve();
      });
      this.#waiting.add(leave);
    });
  }

  #destroy(): void {
    const request = this.#request;
    if (request instanceof Http2ServerRequest) request.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    else request.socket.destroy();
  }
}

function plainHeaders(request: IncomingRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || name.startsWith(':')) continue;
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const authority = request.headers[':authority'];
  if (headers.host === undefined && typeof authority === 'string') headers.host = authority;
  return headers;
}

function ignore(): void {
  // A socket error is followed by `close`, where it is dealt with.
}
