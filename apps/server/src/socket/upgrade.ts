import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { StreambedError } from '@streambed/protocol';
import { closeCode } from '@streambed/protocol/frames';
import { WebSocketServer } from 'ws';
import type { Access, Identified } from '../access/access.ts';
import type { Caller, SurfaceName } from '../access/caller.ts';
import { callerName, shareOf } from '../generation/caller-share.ts';
import type { Guard } from '../http/guard.ts';
import { securityHeaders } from '../http/security-headers.ts';
import { toResponse } from '../http/to-response.ts';
import { Connection, type ConnectionLimits } from './connection.ts';

/** What a socket is used for, once it is open. */
export interface Attendant {
  /** Whose socket it is, as far as that is known. */
  readonly caller: Caller | undefined;
  /** Resolves when the client has got everything it asked for. */
  settled(): Promise<void>;
  /** Tells the client that this server is leaving, where the protocol has words for it. */
  goAway?(reconnectAfterMs: number): void;
}

/** What a socket was asked for with. */
export interface UpgradeRequest {
  readonly query: URLSearchParams;
  /** Who opened it; undefined where they say so once it is open. */
  readonly identified: Identified | undefined;
  /** For who says it later: throws `SB_TOO_MANY_CONNECTIONS` where they have as many sockets as they may. */
  checkShare(caller: Caller): void;
}

export interface SocketRoute {
  readonly surface: SurfaceName;
  /** The client may say who it is in a frame. */
  readonly mayAuthenticateLater?: boolean;
  /** A client token may stand in the URL, as `token`: a browser's WebSocket has no headers. */
  readonly tokenInUrl?: boolean;
  /** The subprotocol that the client must ask for. */
  readonly protocol?: string;
  attend(connection: Connection, request: UpgradeRequest): Attendant;
}

export interface UpgradeOptions {
  readonly routes: Readonly<Record<string, SocketRoute>>;
  readonly guard: Guard;
  readonly access: Access;
  /** A request's URL as the routes know it, without the base path. */
  readonly locate: (url: string) => string;
  readonly maxConnections: number;
  /** Absent: see `shareOf`. */
  readonly maxConnectionsPerCaller: number | undefined;
  readonly limits: ConnectionLimits;
  readonly isDraining: () => boolean;
}

interface Admitted {
  readonly route: SocketRoute;
  readonly identified: Identified | undefined;
}

/**
 * The hard bound of a message. What is larger than a frame may be is answered by an error and the socket lives; only
 * what passes this is cut off while it arrives (1009).
 */
const maxPayload = 4 * 1024 * 1024;

/** Every WebSocket of this server: lets them in, counts them, and sends them home. */
export class Sockets {
  readonly #open = new Map<Connection, Attendant>();
  readonly #options: UpgradeOptions;
  readonly #servers = new Map<string, WebSocketServer>();

  constructor(server: Server, options: UpgradeOptions) {
    this.#options = options;
    for (const [path, { protocol }] of Object.entries(options.routes)) {
      const accept = protocol === undefined ? {} : { handleProtocols: () => protocol };
      this.#servers.set(
        path,
        new WebSocketServer({ noServer: true, clientTracking: false, maxPayload, ...accept }),
      );
    }
    server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  get size(): number {
    return this.#open.size;
  }

  /** Tells every client that this server is leaving. */
  announceLeaving(reconnectAfterMs: number): void {
    for (const attendant of this.#open.values()) attendant.goAway?.(reconnectAfterMs);
  }

  /** Waits until everyone has got what they asked for, at most `ms`, and closes every socket. */
  async leave(ms: number): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const settled = Promise.all([...this.#open.values()].map((attendant) => attendant.settled()));
    await Promise.race([settled, late]);
    clearTimeout(timer);
    await Promise.all([...this.#open.keys()].map((it) => it.end(closeCode.leaving, 'the server is leaving')));
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    // Until the handshake is done nobody else listens, and an unheard error would end the process.
    const ignore = () => {};
    stream.on('error', ignore);
    try {
      const url = parseUrl(this.#options.locate(request.url ?? '/'));
      const { route, identified } = this.#admit(request, url);
      const server = this.#servers.get(url.pathname);
      const asked = { query: url.searchParams, identified, checkShare: this.#checkShare };
      server?.handleUpgrade(request, stream, head, (socket) => {
        stream.off('error', ignore);
        this.#attend(route, new Connection(socket, stream, this.#options.limits), asked);
      });
    } catch (thrown) {
      refuse(stream, thrown);
    }
  }

  /** Here nothing knows the HTTP request any more: what is made now lives as long as the socket. */
  #attend(route: SocketRoute, connection: Connection, asked: UpgradeRequest): void {
    this.#open.set(connection, route.attend(connection, asked));
    connection.closed.addEventListener('abort', () => this.#open.delete(connection));
  }

  /** The route of a request that may be upgraded, and who asks. Throws what it is refused with. */
  #admit(request: IncomingMessage, url: URL): Admitted {
    const { guard, access, isDraining, maxConnections, routes } = this.#options;
    const { headers, method = 'GET' } = request;
    const { page } = guard.check({ method, path: url.pathname, headers });
    const route = Object.hasOwn(routes, url.pathname) ? routes[url.pathname] : undefined;
    if (route === undefined) {
      const there = Object.keys(routes).join(' and ');
      throw new StreambedError(
        'SB_NOT_FOUND',
        `There is no WebSocket at ${url.pathname}. There are ${there}.`,
      );
    }
    const identified = access.admitSocket(
      { method: 'upgrade', headers, page },
      {
        surface: route.surface,
        mayAuthenticateLater: route.mayAuthenticateLater ?? false,
        ...(route.tokenInUrl && { token: url.searchParams.get('token') ?? undefined }),
      },
    );
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (route.protocol !== undefined && !offered.includes(route.protocol)) {
      const message = `Ask for the subprotocol ${route.protocol} (Sec-WebSocket-Protocol).`;
      throw new StreambedError('SB_BAD_REQUEST', message, { field: 'sec-websocket-protocol' });
    }
    if (isDraining()) throw new StreambedError('SB_DRAINING', undefined, { retryAfterSeconds: 1 });
    if (this.#open.size >= maxConnections) {
      throw new StreambedError('SB_TOO_MANY_CONNECTIONS', undefined, { retryAfterSeconds: 5 });
    }
    if (identified !== undefined) this.#checkShare(identified.caller);
    return { route, identified };
  }

  /** Throws where a caller has as many sockets as it may. */
  readonly #checkShare = (caller: Caller): void => {
    const { maxConnections, maxConnectionsPerCaller } = this.#options;
    const share = shareOf(caller, maxConnections, maxConnectionsPerCaller);
    if (share === maxConnections) return;
    const name = callerName(caller);
    let open = 0;
    for (const { caller: other } of this.#open.values()) {
      if (other !== undefined && callerName(other) === name) open += 1;
    }
    if (open < share) return;
    throw new StreambedError(
      'SB_TOO_MANY_CONNECTIONS',
      `You already have ${share} sockets open, as many as one caller may. Close one, or use those there are.`,
      { retryAfterSeconds: 5 },
    );
  };
}

function parseUrl(url: string): URL {
  if (url.startsWith('/') && URL.canParse(url, 'http://localhost')) return new URL(url, 'http://localhost');
  throw new StreambedError('SB_BAD_REQUEST', 'The URL cannot be read.');
}

/** Answers an upgrade that is refused as any HTTP request is, and closes. */
function refuse(stream: Duplex, thrown: unknown): void {
  const { status, headers, body } = toResponse(thrown);
  const all = {
    ...securityHeaders,
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.once('finish', () => stream.destroy());
  stream.end(`HTTP/1.1 ${status} Refused\r\n${lines.join('')}\r\n${body}`);
}
