import type { ClientOptions } from '../client.ts';
import { type ConnectionOptions, openPlatformSocket, type Socket } from '../connection.ts';
import { isObject } from '../frames.ts';

/**
 * Gives the token that says who we are. Asked with every connection, when the server wants a fresh one, and for every
 * request by HTTP: it keeps what is still good. Where it throws, the connection is tried again later.
 */
export type TokenSource = () => string | Promise<string>;

type OpenSocket = NonNullable<ConnectionOptions['openSocket']>;

/** Not authenticated, as the protocol says it when it closes. */
const notAuthenticated = 4001;

const ref = 'auth';

/**
 * Options with which a client says who it is: `createClient({ url, ...withToken(() => token) })`. Without them a cookie
 * says it, or nobody has to. `more` are ways to connect other than the platform's.
 */
export function withToken(
  token: TokenSource,
  more: Pick<ClientOptions, 'openSocket' | 'fetch'> = {},
): Required<Pick<ClientOptions, 'openSocket' | 'fetch'>> {
  const ask: typeof fetch = more.fetch ?? ((...args) => fetch(...args));
  return {
    openSocket: socketsWithToken(more.openSocket ?? openPlatformSocket, token),
    fetch: async (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${await token()}`);
      return ask(input, { ...init, headers });
    },
  };
}

/**
 * Sockets that say who we are: right after `hello`, which is heard only once the server agrees, and again whenever it
 * asks. A token that is refused closes the socket.
 */
function socketsWithToken(open: OpenSocket, token: TokenSource): OpenSocket {
  return (url, protocol) => {
    const inner = open(url, protocol);
    let hello: { readonly data: unknown } | undefined;
    const outer: Socket = {
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => inner.send(text),
      close: (code, reason) => inner.close(code, reason),
    };
    const fail = () => {
      inner.onmessage = null;
      inner.onclose = null;
      inner.close();
      outer.onclose?.({ code: notAuthenticated, reason: '' });
    };
    const say = () => {
      // A source that throws at once fails like one that rejects; so does a socket that closed meanwhile.
      new Promise<string>((resolve) => resolve(token()))
        .then((text) => inner.send(JSON.stringify({ type: 'auth', ref, token: text })))
        .catch(fail);
    };
    inner.onmessage = (event) => {
      const { type, ref: answered } = ownFrame(event.data);
      if (type === 'hello') {
        hello = event;
        say();
      } else if (type === 'auth_required') say();
      else if (answered !== ref) outer.onmessage?.(event);
      else if (type === 'error') fail();
      else if (hello !== undefined) {
        const heard = hello;
        hello = undefined;
        outer.onmessage?.(heard);
      }
    };
    inner.onclose = (event) => outer.onclose?.(event);
    // Node's and `ws`'s sockets crash the process on an error nobody hears; `close` always follows it.
    inner.onerror = () => {};
    return outer;
  };
}

/** A frame that may concern us; of others, which are many, not even the text is read. */
function ownFrame(data: unknown): Readonly<Record<string, unknown>> {
  if (typeof data !== 'string' || !/hello|"auth/.test(data)) return {};
  try {
    const frame: unknown = JSON.parse(data);
    return isObject(frame) ? frame : {};
  } catch {
    return {};
  }
}
