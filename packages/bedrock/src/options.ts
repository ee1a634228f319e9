import type { StreambedError } from '@streambed/protocol';
import type { ModelOverride } from './catalogue/known-models.ts';
import type { Deadlines } from './deadlines.ts';
import type { Credentials } from './http/credentials.ts';
import type { ProxySettings } from './http/dispatcher.ts';
import type { RetryOptions } from './http/retry.ts';
import type { BreakerOptions } from './targets/breaker.ts';
import type { TargetState } from './targets/health.ts';

/** Another AWS account to call as. */
export interface AccountOptions {
  /** Taken on by AssumeRole with the process's own credentials; absent: those credentials themselves. */
  readonly roleArn?: string;
  readonly externalId?: string;
  /** Its own runtime endpoint, such as a VPC endpoint's URL. */
  readonly endpoint?: string;
}

/** One place that an alias leads to. One of `model` and `profile` is needed. */
export interface AliasTarget {
  /** A base model id; with an opaque `profile` ARN it says which model stands behind that. */
  readonly model?: string;
  /** An inference profile id or an ARN: called as it is. */
  readonly profile?: string;
  /** Default: the client's region, or the ARN's own. */
  readonly region?: string;
  /** A name among `accounts`. Default: the one the caller asks for, else the process's own credentials. */
  readonly account?: string;
  /** True: this target may be another model than the first. */
  readonly fallback?: boolean;
}

/** A short model name of the configuration. */
export interface AliasOptions {
  /**
   * The same model in several places, another model only where its target says `fallback`. A later one is tried when an
   * earlier one fails before its first event.
   */
  readonly targets: readonly AliasTarget[];
  /** Where a profile is chosen for a model: the region's own geography (the default), or anywhere. */
  readonly residency?: 'geo' | 'global';
  /** What `max_tokens` is when the caller names none. */
  readonly maxTokens?: number;
  readonly deadlines?: Partial<Deadlines>;
  /** Looks at every request and answer by this name. A caller can't take it away, replace it or run ahead of it. */
  readonly guardrail?: { readonly id: string; readonly version: string };
}

/** What the client says about itself: names, counts and codes, never prompts, answers or secrets. */
export type LogEvent =
  | {
      readonly type: 'retry';
      readonly generation: string;
      readonly attempt: number;
      readonly target: string;
      readonly error: StreambedError;
      readonly delayMs: number;
    }
  | ({ readonly type: 'target' } & TargetState)
  | { readonly type: 'credentials'; readonly message: string }
  /** A mistake of ours ended a generation: `error` is what was thrown. */
  | { readonly type: 'fault'; readonly generation: string; readonly error: unknown };

/** Everything the client is told; it reads no environment variable of its own. */
export interface BedrockOptions {
  readonly region: string;
  readonly credentials: Credentials;
  /** Another runtime endpoint (`AWS_ENDPOINT_URL_BEDROCK_RUNTIME`, the emulator). */
  readonly endpoint?: string;
  /** Another control-plane endpoint (`AWS_ENDPOINT_URL_BEDROCK`). */
  readonly controlEndpoint?: string;
  /** FIPS endpoints (`AWS_USE_FIPS_ENDPOINT`). */
  readonly fips?: boolean;
  /** Dual-stack endpoints (`AWS_USE_DUALSTACK_ENDPOINT`). */
  readonly dualStack?: boolean;
  readonly accounts?: Readonly<Record<string, AccountOptions>>;
  readonly aliases?: Readonly<Record<string, AliasOptions>>;
  /** Corrections and additions to what is known of models, by base id, or by an ARN (what stands behind it). */
  readonly models?: Readonly<Record<string, ModelOverride>>;
  /**
   * Whether the first generation asks the control plane for its lists, in the background. Default false: only
   * `catalogue()` does.
   */
  readonly listOnUse?: boolean;
  /** How old the control plane's lists may grow before their next use refreshes them; default ten minutes. */
  readonly catalogueRefreshMs?: number;
  readonly deadlines?: Partial<Deadlines>;
  readonly proxy?: ProxySettings;
  /** PEM certificates to trust beside Node's own (the file of `AWS_CA_BUNDLE`, already read). */
  readonly caBundle?: string;
  /**
   * What requests are sent with: sockets of our own (`direct`), which carry a stream for a fifth to a third less and know no proxy,
   * or `undici`. Default `auto`: direct, unless there is a proxy or the endpoints are FIPS ones.
   */
  readonly upstreamClient?: 'auto' | 'direct' | 'undici';
  /** Upstream requests at a time, one connection each; default 512. One more is refused with `SB_TOO_MANY_GENERATIONS`. */
  readonly maxConnections?: number;
  readonly retry?: RetryOptions;
  /** When a target that doesn't answer is left alone for a while. */
  readonly breaker?: BreakerOptions;
  /** Names this server in the hop header, so that a request that comes back is noticed. */
  readonly hop?: string;
  /** Milliseconds since 1970; default `Date.now`. */
  readonly now?: () => number;
  /** In [0, 1); default `Math.random`. */
  readonly random?: () => number;
  readonly log?: (event: LogEvent) => void;
}
