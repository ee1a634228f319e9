import type { IncomingHttpHeaders } from 'node:http';
import { StreambedError } from '@streambed/protocol';
import type { ListenConfig } from '../config.ts';
import { isAddress, isLoopbackHost } from './hosts.ts';

/** What of a request the guard looks at. */
export interface GuardedRequest {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** What a request may do: go on, and which foreign origin's page may read the answer. */
export interface Passage {
  readonly allowOrigin: string | undefined;
  /** Whose page asks: our own, one that is allowed to, or it can't be told (a program, a link that was followed). */
  readonly page: 'own' | 'allowed' | 'unknown';
}

export type GuardConfig = Pick<ListenConfig, 'insecure' | 'host' | 'publicUrl' | 'allowedOrigins'>;

/**
 * Keeps web pages of others away: a page must be able neither to spend money nor to read answers, whether by a request
 * of its own, by a form, by a WebSocket, or under a DNS name rebound to this machine. Programs that are no browsers send
 * none of these headers and pass. Where there are keys, a page under another name has none, so any `Host` may be asked.
 */
export class Guard {
  readonly #insecure: boolean;
  readonly #keyed: () => boolean;
  readonly #ownOrigin: string | undefined;
  /** Names under which this server is reached beside loopback. */
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  /** The `Host` read last: nearly always the next one too. */
  #last: { readonly header: string | undefined; readonly host: URL | undefined } | undefined;

  /** `keyed`: whether there are keys by now. */
  constructor(config: GuardConfig, keyed: () => boolean = () => false) {
    this.#insecure = config.insecure;
    this.#keyed = keyed;
    const publicUrl = config.publicUrl === undefined ? undefined : new URL(config.publicUrl);
    this.#ownOrigin = publicUrl?.origin;
    const origins = [...config.allowedOrigins, ...(publicUrl === undefined ? [] : [publicUrl.origin])];
    this.#origins = new Set(origins);
    this.#hosts = new Set([config.host, ...origins.map((origin) => new URL(origin).hostname)]);
  }

  /** Throws `SB_HOST_REFUSED` or `SB_ORIGIN_REFUSED`; otherwise says what the request may do. */
  check(request: GuardedRequest): Passage {
    const host = this.#hostOf(request.headers.host);
    if (host === undefined || !this.#isOurs(host.hostname)) throw hostRefused(request.headers.host);
    if (isDiagramScript(request)) return { allowOrigin: undefined, page: 'unknown' };
    const { origin } = request.headers;
    if (origin !== undefined) {
      if (isOwnOrigin(origin, host)) return { allowOrigin: undefined, page: 'own' };
      if (this.#origins.has(origin)) {
        return { allowOrigin: origin, page: origin === this.#ownOrigin ? 'own' : 'allowed' };
      }
      throw originRefused(origin);
    }
    const site = request.headers['sec-fetch-site'];
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (foreign && !isLinkToPage(request)) throw originRefused(`a ${site} page`);
    return { allowOrigin: undefined, page: site === 'same-origin' ? 'own' : 'unknown' };
  }

  #hostOf(header: string | undefined): URL | undefined {
    if (this.#last === undefined || this.#last.header !== header) {
      this.#last = { header, host: parseHost(header) };
    }
    return this.#last.host;
  }

  /** Without keys a server that is reachable from elsewhere answers to addresses and its configured names only. */
  #isOurs(hostname: string): boolean {
    if (isLoopbackHost(hostname) || this.#keyed()) return true;
    return this.#insecure && (isAddress(hostname) || this.#hosts.has(hostname));
  }
}

/** Reads a `Host` header: a name or address, and perhaps a port. */
function parseHost(header: string | undefined): URL | undefined {
  if (header === undefined || !/^[\w.:[\]-]+$/.test(header)) return undefined;
  return URL.canParse(`http://${header}`) ? new URL(`http://${header}`) : undefined;
}

/**
 * Whether a page's origin is this server, as the request names it. A proxy may have taken TLS off, so the scheme is not
 * compared. All of loopback's names at one port are the same server.
 */
function isOwnOrigin(origin: string, host: URL): boolean {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  const page = new URL(origin);
  // A port that is the scheme's own is left out of an origin; beside that scheme it is left out of the Host too.
  const here = new URL(`${page.protocol}//${host.host}`);
  if (page.host === here.host) return true;
  return page.port === here.port && isLoopbackHost(page.hostname) && isLoopbackHost(here.hostname);
}

/** A click on a link elsewhere that leads to the chat: the page is shown to the person, not to the other site. */
function isLinkToPage({ method, path, headers }: GuardedRequest): boolean {
  return (
    method === 'GET' &&
    path === '/' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  );
}

/**
 * What the frame that draws diagrams loads. It has no origin on purpose, so it can't be told from a foreign page; these
 * files are the same for everybody and do nothing on the server.
 */
function isDiagramScript({ method, path }: GuardedRequest): boolean {
  return method === 'GET' && /^\/diagrams\/assets\/[\w-][\w.-]*\.js$/.test(path);
}

function hostRefused(host: string | undefined): StreambedError {
  const named =
    host === undefined ? 'The request names no Host.' : `The Host "${short(host)}" is not this server.`;
  return new StreambedError(
    'SB_HOST_REFUSED',
    `${named} Without keys it answers to 127.0.0.1, localhost and [::1]; with --insecure also to other addresses and to the names in STREAMBED_PUBLIC_URL and STREAMBED_ALLOWED_ORIGINS.`,
  );
}

function originRefused(origin: string): StreambedError {
  return new StreambedError(
    'SB_ORIGIN_REFUSED',
    `Pages of another origin (${short(origin)}) may not use this server. If it is yours, add it to STREAMBED_ALLOWED_ORIGINS.`,
  );
}

function short(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
