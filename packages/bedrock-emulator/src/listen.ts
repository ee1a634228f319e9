import { createServer as createHttp1Server, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import type { IncomingRequest, OutgoingResponse } from './exchange.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Set: TLS with this certificate, HTTP/2 and HTTP/1.1 by ALPN. */
  readonly tls?: TlsOptions | undefined;
  readonly onRequest: (request: IncomingRequest, response: OutgoingResponse) => void;
}

/** PEM texts. */
export interface TlsOptions {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface Listener {
  readonly port: number;
  /** Closes the port, every HTTP/2 session and every socket, whatever runs on them. */
  close(): Promise<void>;
}

// What an HTTP/2 client with prior knowledge says first (RFC 9113, section 3.4). No HTTP/1 request begins so.
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** A connection that says nothing is closed after this. */
const silenceMs = 60_000;

// A session token and 8,500 characters of request metadata fit; Node's default of 16 KiB would be tight.
const maxHeaderBytes = 64 * 1024;

/**
 * Serves HTTP/1.1 and HTTP/2 on one port, by ALPN over TLS where there is a certificate, else without TLS. A socket's first bytes say which: AWS's JavaScript SDK speaks
 * HTTP/2 with prior knowledge to a plain `http://` endpoint, nearly everybody else HTTP/1.1.
 * Rejects with Node's error when the port can't be had.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const server =
    options.tls === undefined
      ? plain(options, sockets, sessions)
      : secure(options.tls, options, sockets, sessions);
  await start(server, options);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;

  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const session of sessions) session.destroy();
        for (const socket of sockets) socket.destroy();
      }),
  };
}

const http2Options = {
  // A hundred 25 MB bodies on one session are unlikely, a few are not: Node's default is 10 MB in all.
  maxSessionMemory: 256,
  settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20, maxHeaderListSize: maxHeaderBytes },
};

function secure(
  tls: TlsOptions,
  options: ListenOptions,
  sockets: Set<Socket>,
  sessions: Set<ServerHttp2Session>,
): Server {
  const server = createSecureServer({ ...http2Options, cert: tls.cert, key: tls.key, allowHTTP1: true });
  server.on('connection', (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  server.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) =>
    options.onRequest(request, response),
  );
  return server;
}

function plain(options: ListenOptions, sockets: Set<Socket>, sessions: Set<ServerHttp2Session>): Server {
  const http1 = createHttp1Server({ maxHeaderSize: maxHeaderBytes, keepAliveTimeout: 65_000 });
  http1.on('request', (request: IncomingMessage, response: ServerResponse) =>
    options.onRequest(request, response),
  );

  const http2 = createHttp2Server(http2Options);
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  http2.on('request', (request: Http2ServerRequest, response: Http2ServerResponse) =>
    options.onRequest(request, response),
  );

  // Half-open sockets stay: a client may end its side and still want the answer.
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    recognise(socket, (version) => {
      if (version === 2) {
        socket.once('end', () => socket.end());
        http2.emit('connection', socket);
      } else http1.emit('connection', socket);
    });
  });

  return server;
}

/** Reads just enough to know the protocol, puts it back, and hands the socket on. */
function recognise(socket: Socket, hand: (version: 1 | 2) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const silence = setTimeout(() => socket.destroy(), silenceMs);
  const ended = () => socket.destroy();
  socket.once('end', ended);
  socket.once('close', () => clearTimeout(silence));

  socket.on('data', function peek(bytes: Buffer) {
    seen = seen.length === 0 ? bytes : Buffer.concat([seen, bytes]);
    const length = Math.min(seen.length, preface.length);
    const alike = seen.subarray(0, length).equals(preface.subarray(0, length));
    if (alike && length < preface.length) return;

    clearTimeout(silence);
    socket.removeListener('data', peek);
    socket.removeListener('end', ended);
    socket.pause();
    socket.unshift(seen);
    hand(alike ? 2 : 1);
    // The HTTP/2 session takes what was put back by itself; the HTTP/1 parser wants the socket to flow again.
    if (!alike) process.nextTick(() => socket.resume());
  });
}

function start(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: options.host, port: options.port, backlog: 1024 }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
