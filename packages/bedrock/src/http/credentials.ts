import { StreambedError } from '@streambed/protocol';
import { credentialError } from './credential-error.ts';

/** How this process proves who it is. */
export type Credentials =
  /** The AWS SDK's own chain: environment, profile (keys, SSO, process, role, web identity), container. */
  | {
      readonly kind: 'default-chain';
      readonly profile?: string;
      /** Whether the machine's instance metadata is asked too, last. */
      readonly instanceMetadata?: boolean;
    }
  | {
      readonly kind: 'static';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken?: string;
    }
  /** A Bedrock API key (`AWS_BEARER_TOKEN_BEDROCK`). */
  | { readonly kind: 'bearer'; readonly token: string };

/** A set of AWS keys. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

/** What one request is authorised with. */
export type Authorization =
  | { readonly kind: 'bearer'; readonly token: string }
  | { readonly kind: 'sigv4'; readonly credentials: AwsKeys };

/** Gives out credentials and keeps them fresh. */
export interface CredentialSource {
  /**
   * At once where there are some. Rejects with `SB_CREDENTIALS_MISSING`, `SB_CREDENTIALS_EXPIRED` or `SB_ACCESS_DENIED`,
   * saying what to do.
   */
  get(): Authorization | Promise<Authorization>;
  /** AWS refused `used` as expired: it isn't given out again. Returns whether others may come. */
  renew(used: Authorization): boolean;
  /** Loads the code that finds them, where that takes long; nothing is looked up. Never rejects. */
  warm?(): Promise<void>;
}

/** A role of another account. */
export interface Role {
  readonly roleArn: string;
  readonly externalId?: string;
}

/** What loading credentials needs from outside. */
export interface CredentialContext {
  readonly now: () => number;
  /** Sends the SDK's own calls (STS, SSO) through our proxy and CA settings. */
  readonly requestHandler: object;
  readonly region: string;
  /** Told about a refresh that failed while the old credentials still hold. */
  readonly warn: (message: string) => void;
}

type Load = (options: { readonly forceRefresh: boolean }) => Promise<AwsKeys>;

/** Credentials of the process itself. Nothing is looked up before the first {@link CredentialSource.get}. */
export function processCredentials(credentials: Credentials, context: CredentialContext): CredentialSource {
  switch (credentials.kind) {
    case 'bearer':
      return fixed({ kind: 'bearer', token: credentials.token });
    case 'static': {
      const { kind: _, ...keys } = credentials;
      return fixed({ kind: 'sigv4', credentials: keys });
    }
    case 'default-chain': {
      const chain = defaultChain(credentials, context);
      return {
        ...refreshed(chain.load, { profile: credentials.profile }, context),
        warm: () => chain.warm().catch(() => {}),
      };
    }
  }
}

/** Credentials of a role, taken on with `base`'s by sts:AssumeRole. */
export function roleCredentials(
  base: CredentialSource,
  role: Role,
  context: CredentialContext,
): CredentialSource {
  const load: Load = async () => {
    const own = await base.get();
    if (own.kind === 'bearer') {
      throw new StreambedError(
        'SB_CREDENTIALS_MISSING',
        `A Bedrock API key can't take on the role ${role.roleArn}. Give this server AWS keys or a profile instead of AWS_BEARER_TOKEN_BEDROCK.`,
      );
    }
    const { fromTemporaryCredentials } = await import('@aws-sdk/credential-providers');
    const provider = fromTemporaryCredentials({
      masterCredentials: own.credentials,
      params: {
        RoleArn: role.roleArn,
        RoleSessionName: 'streambed',
        ...(role.externalId !== undefined && { ExternalId: role.externalId }),
      },
      clientConfig: { region: context.region, requestHandler: context.requestHandler as never },
    });
    return provider();
  };
  return refreshed(load, { roleArn: role.roleArn }, context);
}

function defaultChain(
  { profile, instanceMetadata = false }: Extract<Credentials, { kind: 'default-chain' }>,
  context: CredentialContext,
): { readonly load: Load; readonly warm: () => Promise<void> } {
  // ignoreCache: `aws sso login` or `aws configure` in another terminal must be seen without a restart.
  const init = {
    ...(profile !== undefined && { profile }),
    ignoreCache: true,
    clientConfig: { requestHandler: context.requestHandler as never },
  };
  let chain: Promise<(options?: object) => Promise<AwsKeys>> | undefined;
  const begin = async () => {
    const named = profile ?? process.env.AWS_PROFILE;
    const own = environmentKeys();
    if (named === undefined && own !== undefined) return async () => own;
    const sdk = await import('@aws-sdk/credential-providers');
    if (instanceMetadata) return sdk.fromNodeProviderChain(init);
    const inContainer =
      process.env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ?? process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
    return sdk.createCredentialChain(
      ...(named === undefined ? [sdk.fromEnv()] : []),
      sdk.fromIni(init),
      sdk.fromProcess(init),
      sdk.fromTokenFile(init),
      ...(inContainer === undefined ? [] : [sdk.fromHttp(), sdk.fromContainerMetadata()]),
    );
  };
  const begun = () => (chain ??= begin());
  return {
    load: async (options) => (await begun())(options),
    warm: async () => void (await begun()),
  };
}

/** Keys of the environment, as the SDK reads them: half a megabyte of it need not be loaded for these. */
function environmentKeys(): AwsKeys | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION } =
    process.env;
  if (!AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN && { sessionToken: AWS_SESSION_TOKEN }),
    ...(AWS_CREDENTIAL_EXPIRATION && { expiration: new Date(AWS_CREDENTIAL_EXPIRATION) }),
  };
}

function fixed(authorization: Authorization): CredentialSource {
  return { get: () => authorization, renew: () => false };
}

/** Renewed this long before they expire, in the background, … */
const refreshAheadMs = 5 * 60_000;
/** … waited for when they have less than this left, … */
const lastMomentMs = 10_000;
/** … and asked for at most this often ahead of time, when that fails or what comes is always about to expire. */
const refreshEveryMs = 30_000;
/** A provider that never answers (a credential_process that waits for input) must not hang a request. */
const loadDeadlineMs = 30_000;

/** Loads once for all who ask at the same time, keeps what came until shortly before its end. */
function refreshed(
  load: Load,
  about: { readonly profile?: string | undefined; readonly roleArn?: string },
  { now, warn }: CredentialContext,
): CredentialSource {
  let keys: AwsKeys | undefined;
  let loading: Promise<AwsKeys> | undefined;
  let triedAt = 0;
  let forceRefresh = false;

  const left = () => (keys?.expiration === undefined ? Infinity : keys.expiration.getTime() - now());
  const start = () => {
    triedAt = now();
    loading ??= within(load({ forceRefresh }), loadDeadlineMs)
      .then(
        (loaded) => {
          keys = loaded;
          forceRefresh = false;
          return loaded;
        },
        (error) => {
          throw credentialError(error, about);
        },
      )
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };
  return {
    get() {
      if (keys === undefined || left() < lastMomentMs) {
        return start().then((credentials) => ({ kind: 'sigv4' as const, credentials }));
      }
      if (left() < refreshAheadMs && now() - triedAt > refreshEveryMs) {
        start().catch((error: StreambedError) => warn(error.message));
      }
      return { kind: 'sigv4', credentials: keys };
    },
    renew(used) {
      if (used.kind === 'sigv4' && used.credentials === keys) {
        keys = undefined;
        forceRefresh = true;
      }
      return true;
    },
  };
}

function within<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer from the credential provider')), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
