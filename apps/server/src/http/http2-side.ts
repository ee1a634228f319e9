import { once } from 'node:events';
import type { Server } from 'node:http';
import {
  constants,
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Stream,
  type ServerHttp2Session,
} from 'node:http2';
import type { Socket } from 'node:net';
import { headTooLarge, maxHeaderBytes, requestTimes } from './limits.ts';
import { toResponse } from './to-response.ts';

/** What a client with prior knowledge of HTTP/2 says first (RFC 9113, section 3.4). No HTTP/1 request begins so. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** The same as for HTTP/1.1; tests make them short. */
export interface Http2Times {
  /** A connection that does not say what it speaks is closed after this. */
  readonly headMs: number;
  /** A request must be here whole within this. */
  readonly wholeMs: number;
  /** A connection on which nothing runs is closed after this. */
  readonly idleMs: number;
}

/** Requests at once on one connection. */
const maxStreams = 128;

/** Two bodies of the largest size, with something to spare, wait on one connection; Node's default is 10 MB. */
const maxSessionMegabytes = 64;

/** How much of a request's body may be on its way unread. */
const windowBytes = 256 * 1024;

/**
 * HTTP/2 without TLS beside HTTP/1.1, on the same port: AWS's JavaScript SDK speaks it, with prior knowledge, to every
 * `http://` endpoint. A connection's first bytes say which it is. Requests of both go the same way from there, and the
 * same number of connections bounds both.
 */
export class Http2Side {
  readonly #server: Http2Server;
  readonly #times: Http2Times;
  readonly #sessions = new Set<ServerHttp2Session>();
  /** Connections that have not said yet what they speak. */
  readonly #undecided = new Set<Socket>();

  /** Called before `server` listens; its own requests stay its own. */
  constructor(server: Server, times: Http2Times = requestTimes) {
    this.#times = times;
    this.#server = createServer({
      maxSessionMemory: maxSessionMegabytes,
      settings: {
        maxConcurrentStreams: maxStreams,
        initialWindowSize: windowBytes,
        maxHeaderListSize: maxHeaderBytes,
      },
    });
    this.#server.on('session', (session) => this.#keep(session));
    this.#server.on('stream', (stream, _headers, flags) => this.#expectWhole(stream, flags));
    this.#server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) => {
      if (lengthOfHead(request) > maxHeaderBytes) {
        const { headers, body } = toResponse(headTooLarge());
        response.writeHead(431, headers).end(body);
        return;
      }
      // HTTP/2 has another name for it; the guard wants to know it all the same.
      request.headers.host ??= request.headers[':authority'];
      server.emit('request', request, response);
    });
    const http1 = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) =>
      this.#recognise(socket, (version) => {
        if (version === 2) {
          // The server keeps its side open: a client that ends its own may still want an HTTP/1.1 answer.
          socket.once('end', () => socket.end());
          this.#server.emit('connection', socket);
        } else for (const listener of http1) listener.call(server, socket);
      }),
    );
  }

  /** Takes no new requests on the connections that are open; what runs goes on. */
  leave(): void {
    for (const session of this.#sessions) session.close();
  }

  /** Resolves when no connection is left, after `leave`: each ends with what runs on it. */
  async settled(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => once(session, 'close')));
  }

  /** Closes every connection, whatever runs on it. */
  destroy(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#undecided) socket.destroy();
  }

  #keep(session: ServerHttp2Session): void {
    let streams = 0;
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    // Followed by `close`.
    session.on('error', () => {});
    session.on('stream', (stream) => {
      streams += 1;
      stream.once('close', () => {
        streams -= 1;
      });
    });
    // A model may think for longer than this: then a stream is open.
    session.setTimeout(this.#times.idleMs);
    session.on('timeout', () => {
      if (streams === 0) session.close();
    });
  }

  /** Ends a stream whose request does not arrive, or not to its end. */
  #expectWhole(stream: Http2Stream, flags: number): void {
    stream.on('error', () => {});
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) return;
    const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), this.#times.wholeMs).unref();
    const arrived = () => clearTimeout(late);
    stream.once('end', arrived);
    stream.once('close', arrived);
  }

  /** Reads just enough to know the protocol, puts it back, and hands the socket on. */
  #recognise(socket: Socket, hand: (version: 1 | 2) => void): void {
    let seen: Buffer = Buffer.alloc(0);
    const destroy = () => socket.destroy();
    const late = setTimeout(destroy, this.#times.headMs).unref();
    const forget = () => {
      clearTimeout(late);
      this.#undecided.delete(socket);
    };
    const peek = (bytes: Buffer) => {
      seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes]);
      const length = Math.min(seen.length, preface.length);
      const alike = seen.subarray(0, length).equals(preface.subarray(0, length));
      if (alike && length < preface.length) return;
      forget();
      socket.off('data', peek).off('end', destroy).off('error', destroy).off('close', forget);
      socket.pause();
      socket.unshift(seen);
      hand(alike ? 2 : 1);
      // The HTTP/2 session takes what was put back by itself; the HTTP/1 parser wants the socket to flow again.
      if (!alike) process.nextTick(() => socket.resume());
    };
    this.#undecided.add(socket);
    socket.on('data', peek).on('end', destroy).on('error', destroy).on('close', forget);
  }
}

/** As HTTP/1.1 counts it. What is told to clients in the settings binds nobody. */
function lengthOfHead({ rawHeaders }: Http2ServerRequest): number {
  return rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
}
