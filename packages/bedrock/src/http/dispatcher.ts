import type { SecureContext } from 'node:tls';
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';

/** Proxies, as the environment names them. */
export interface ProxySettings {
  /** `HTTPS_PROXY`: for https endpoints, by CONNECT. */
  readonly https?: string;
  /** `HTTP_PROXY`: for plain http endpoints. */
  readonly http?: string;
  /** `NO_PROXY`: hosts that are reached directly. Loopback always is. */
  readonly no?: string;
}

export interface DispatcherOptions {
  readonly proxy?: ProxySettings | undefined;
  /** Whom TLS trusts. */
  readonly trust: () => SecureContext;
  /** Connections to one origin. */
  readonly connections: number;
  readonly connectMs: number;
}

/**
 * The connection pool. HTTP/1.1 only: one stream to a connection, so that ending one is closing its socket and no
 * stream waits for another. Its own read timeouts are off: {@link ../deadlines.ts} keeps time.
 */
export function createDispatcher({ proxy, trust, connections, connectMs }: DispatcherOptions): Dispatcher {
  let connector: buildConnector.connector | undefined;
  const options = {
    connections,
    connectTimeout: connectMs,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
    allowH2: false,
    connect: ((to, connected) => {
      connector ??= buildConnector({ secureContext: trust(), timeout: connectMs, allowH2: false });
      connector(to, connected);
    }) satisfies buildConnector.connector,
  };
  if (!proxy?.https && !proxy?.http) return new Agent(options);
  const tls = { secureContext: trust(), allowH2: false };
  return new EnvHttpProxyAgent({
    ...options,
    // Empty strings, not absent: absent ones would be read from the environment.
    httpsProxy: proxy.https ?? '',
    httpProxy: proxy.http ?? '',
    noProxy: [proxy.no, 'localhost', '127.0.0.1', '[::1]'].filter(Boolean).join(','),
    requestTls: tls,
    proxyTls: tls,
  });
}

/** What the AWS SDK's credential clients send their requests with: ours, so that proxy and CA settings hold there too. */
export function sdkRequestHandler(dispatcher: Dispatcher): object {
  return {
    async handle(
      sent: {
        protocol: string;
        hostname: string;
        port?: number;
        path: string;
        query?: Record<string, string | string[]>;
        method: string;
        headers: Record<string, string>;
        body?: string | Uint8Array;
      },
      { abortSignal }: { abortSignal?: AbortSignal } = {},
    ) {
      const url = new URL(
        `${sent.protocol}//${sent.hostname}${sent.port === undefined ? '' : `:${sent.port}`}${sent.path}`,
      );
      for (const [name, values] of Object.entries(sent.query ?? {})) {
        for (const value of [values].flat()) url.searchParams.append(name, value);
      }
      const { statusCode, headers, body } = await request(url, {
        dispatcher,
        method: sent.method,
        headers: sent.headers,
        ...(sent.body !== undefined && { body: sent.body }),
        ...(abortSignal !== undefined && { signal: abortSignal }),
        headersTimeout: 20_000,
        bodyTimeout: 20_000,
      });
      return { response: { statusCode, headers, body } };
    },
    metadata: { handlerProtocol: 'http/1.1' },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {},
  };
}
