import type { IncomingHttpHeaders } from 'node:http';
import { StreambedError } from '@streambed/protocol';
import type { Owner } from '../generation/owner.ts';
import type { Passage } from '../http/guard.ts';
import { isLoopbackHost } from '../http/hosts.ts';
import { type Caller, openCaller, type SurfaceName } from './caller.ts';
import { type Credential, credentialsIn, fromText } from './credentials.ts';
import { isGrant } from './grant.ts';
import type { KeyRing } from './key-ring.ts';
import { type RouteAccess, usualAccess } from './route-access.ts';

/** What of a request tells who asks. */
export interface Asking {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** What the guard found out about the page that asks, where one does. */
  readonly page: Passage['page'];
  /** The other end of the connection. */
  readonly peer: string | undefined;
  /** As it came, with its query: a signature may stand there. */
  readonly url?: string | undefined;
}

export interface AccessOptions {
  readonly ring: KeyRing;
  /** Who everybody is while there are no keys. */
  readonly everyone: (headers: IncomingHttpHeaders) => Owner;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A caller, and what said so: it is asked again where a socket stays open. */
export interface Identified {
  readonly caller: Caller;
  readonly credential?: Credential;
}

/** Says who asks, and whether they may come in by that door. */
export class Access {
  readonly ring: KeyRing;
  readonly #everyone: AccessOptions['everyone'];

  constructor({ ring, everyone }: AccessOptions) {
    this.ring = ring;
    this.#everyone = everyone;
  }

  /**
   * Who makes a request to a route of that kind; undefined where it doesn't matter. Throws what refuses them: an
   * `authentication` error for who is not known, a `permission` error for who may not.
   */
  admit(asking: Asking, route: RouteAccess = usualAccess): Identified | undefined {
    switch (route.to) {
      case 'everybody':
        return undefined;
      case 'operators':
        if (isLocal(asking)) return undefined;
        break;
      case 'admins':
        break;
      case 'callers': {
        const identified = this.identify(asking);
        const { caller } = identified;
        checkSurface(caller, route.surfaces);
        if (caller.may === 'read' && !safeMethods.has(asking.method))
          throw new StreambedError('SB_READ_ONLY');
        return identified;
      }
    }
    const identified = this.identify(asking);
    const { caller } = identified;
    // Without keys, being able to reach the server must not be enough to lock everybody else out of it.
    if (!caller.admin || (caller.by === 'nobody' && !isLocal(asking))) {
      throw new StreambedError('SB_ADMIN_REQUIRED');
    }
    return identified;
  }

  /** Who asks. Throws where that isn't known. */
  identify({ method, headers, page, url = '' }: Omit<Asking, 'peer'>): Identified {
    if (!this.ring.keyed) return { caller: openCaller(this.#everyone(headers)) };
    const credentials = credentialsIn(headers);
    let refusal: unknown;
    for (const credential of credentials) {
      if (credential.by === 'session') checkPage(page, method);
      try {
        return { caller: this.ring.verify(credential), credential };
      } catch (thrown) {
        refusal ??= thrown;
      }
    }
    if (refusal === undefined && /[?&]X-Amz-Signature=/i.test(url))
      throw new StreambedError('SB_SIGV4_NOT_ACCEPTED');
    throw refusal ?? new StreambedError('SB_KEY_REQUIRED');
  }

  /** Who a key or client token is of, that came in another way than a header. */
  identifyText(text: string): Identified {
    if (!this.ring.keyed) return { caller: openCaller(this.#everyone({})) };
    const credential = fromText(text);
    return { caller: this.ring.verify(credential), credential };
  }

  /**
   * Who opens a WebSocket. One that may say it later comes in without: what a browser sends by itself may be missing
   * or over, and a page can't read the status of a socket that was refused.
   */
  admitSocket(
    asking: Omit<Asking, 'peer'>,
    { surface, mayAuthenticateLater, token }: SocketAccess,
  ): Identified | undefined {
    let found: Identified;
    try {
      found = this.ring.keyed && token !== undefined ? this.#identifyToken(token) : this.identify(asking);
    } catch (thrown) {
      const browsers =
        asking.headers.authorization === undefined && asking.headers['x-api-key'] === undefined;
      const { type } = StreambedError.from(thrown);
      if (mayAuthenticateLater && browsers && type === 'authentication') return undefined;
      throw thrown;
    }
    checkSurface(found.caller, [surface]);
    return found;
  }

  /** Addresses are written into logs on the way here: only what is soon worth nothing may stand in one. */
  #identifyToken(token: string): Identified {
    if (isGrant('token', token)) return this.identifyText(token);
    throw new StreambedError(
      'SB_TOKEN_REFUSED',
      'A key does not belong into a URL. Put it into the Authorization header, or a client token of POST /streambed/v1/tokens into ?token=.',
      { field: 'token' },
    );
  }
}

export interface SocketAccess {
  readonly surface: SurfaceName;
  /** The client may say who it is once the socket is open. */
  readonly mayAuthenticateLater: boolean;
  /** A client token in the URL. */
  readonly token?: string | undefined;
}

/** Throws `SB_SURFACE_NOT_ALLOWED` unless one of these surfaces is the caller's to use. */
export function checkSurface({ surfaces }: Caller, wanted: readonly SurfaceName[] | undefined): void {
  if (surfaces === undefined || wanted === undefined) return;
  if (!wanted.some((surface) => surfaces.includes(surface)))
    throw new StreambedError('SB_SURFACE_NOT_ALLOWED');
}

/** A browser sends its cookie whoever made it ask: it counts only for our own page, or for what changes nothing. */
function checkPage(page: Passage['page'], method: string): void {
  if (page === 'own' || (page === 'unknown' && safeMethods.has(method))) return;
  throw new StreambedError(
    'SB_ORIGIN_REFUSED',
    "A sign-in counts only for this server's own page. Programs and other pages send a key or a client token.",
  );
}

/** Whether a program on this machine asks, with no proxy between: one would make everybody look local. */
function isLocal({ headers, peer = '' }: Asking): boolean {
  const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some(
    (name) => headers[name] !== undefined,
  );
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  return !forwarded && isLoopbackHost(host) && isLoopbackHost(peer.replace(/^::ffff:/, ''));
}
