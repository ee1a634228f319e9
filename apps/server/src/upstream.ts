import { readFile } from 'node:fs/promises';
import { type BedrockOptions, type FoundCredentials, findAwsCredentials } from '@streambed/bedrock';
import type { Environment } from './config/environment.ts';
import { modelOverrides } from './config/models.ts';
import { ConfigError, type ListenConfig, type UpstreamConfig } from './config.ts';
import { isLoopbackHost } from './http/hosts.ts';
import { profileRegion } from './profile-region.ts';

/** What answers, ready to be called. Whoever has it closes it. */
export interface Upstream {
  readonly kind: 'bedrock' | 'emulator';
  readonly region: string;
  /** For the terminal: what answers, and who pays. */
  readonly says: string;
  readonly options: BedrockOptions;
  close(): Promise<void>;
}

/** What will answer, and why. */
export type UpstreamDecision =
  | { readonly kind: 'bedrock'; readonly found: FoundCredentials | undefined }
  | { readonly kind: 'emulator'; readonly asked: boolean };

/**
 * What `--upstream` says, else Bedrock where AWS credentials are found, else the embedded emulator. Only the
 * environment and AWS's files are looked at; nobody is asked.
 */
export async function decideUpstream(config: UpstreamConfig): Promise<UpstreamDecision> {
  if (config.choice === 'emulator') return { kind: 'emulator', asked: true };
  const found = await findAwsCredentials(config.environment, config.home);
  return config.choice === 'bedrock' || found !== undefined
    ? { kind: 'bedrock', found }
    : { kind: 'emulator', asked: false };
}

/** Makes ready what answers; the emulator is started here. Throws ConfigError for an endpoint that is this server. */
export async function openUpstream(config: UpstreamConfig, listen: ListenConfig): Promise<Upstream> {
  const decision = await decideUpstream(config);
  return decision.kind === 'emulator'
    ? openEmulator(config, decision.asked)
    : openBedrock(config, listen, decision.found);
}

async function openBedrock(
  config: UpstreamConfig,
  listen: ListenConfig,
  found: FoundCredentials | undefined,
): Promise<Upstream> {
  const { environment: env } = config;
  refuseOurselves(config, listen);
  const ofProfile = config.region ?? (await profileRegion(env, config.home));
  const region = ofProfile ?? 'us-east-1';
  const where = `${region}${ofProfile === undefined ? ' (no region is set: AWS_REGION chooses another)' : ''}`;
  const at = config.runtimeEndpoint === undefined ? '' : `, at ${config.runtimeEndpoint}`;
  return {
    kind: 'bedrock',
    region,
    says: `Amazon Bedrock in ${where}${at}; ${whoPays(found)}`,
    options: {
      ...commonOptions(config),
      region,
      credentials: credentialsOf(env, found),
      // AWS's own hosts: which models and profiles this account has is asked once somebody asks a model.
      listOnUse: config.runtimeEndpoint === undefined,
      fips: isTrue(env.AWS_USE_FIPS_ENDPOINT),
      dualStack: isTrue(env.AWS_USE_DUALSTACK_ENDPOINT),
      proxy: proxyOf(env),
      ...(config.runtimeEndpoint !== undefined && { endpoint: config.runtimeEndpoint }),
      ...(config.controlEndpoint !== undefined && { controlEndpoint: config.controlEndpoint }),
      ...(env.AWS_CA_BUNDLE && { caBundle: await readCaBundle(env.AWS_CA_BUNDLE) }),
    },
    close: async () => {},
  };
}

async function openEmulator(config: UpstreamConfig, asked: boolean): Promise<Upstream> {
  const { startEmulator } = await import('@streambed/bedrock-emulator');
  const { loadDemoDocs } = await import('./demo-docs.ts');
  const emulator = await startEmulator({ docs: loadDemoDocs });
  const region = config.region ?? 'us-east-1';
  const unused =
    config.runtimeEndpoint === undefined || asked ? '' : `, so ${config.runtimeEndpoint} is not used`;
  const why = asked ? 'as asked' : `for no AWS credentials were found${unused}`;
  return {
    kind: 'emulator',
    region,
    says: `the embedded emulator, ${why}; its answers are made up, nothing is billed`,
    options: {
      ...commonOptions(config),
      // Roles can't be taken on here: every account is the emulator's.
      accounts: Object.fromEntries(Object.keys(config.accounts).map((name) => [name, {}])),
      region,
      credentials: { kind: 'static', accessKeyId: 'AKIDEMULATOR', secretAccessKey: 'emulator' },
      endpoint: emulator.url,
      controlEndpoint: emulator.url,
    },
    close: () => emulator.stop(),
  };
}

function commonOptions({ client, timeouts, accounts, aliases, models }: UpstreamConfig) {
  return {
    upstreamClient: client,
    models: modelOverrides(models),
    deadlines: deadlinesOf(timeouts),
    accounts: Object.fromEntries(
      Object.entries(accounts).map(([name, account]) => [
        name,
        present({ roleArn: account.role_arn, externalId: account.external_id, endpoint: account.endpoint }),
      ]),
    ),
    aliases: Object.fromEntries(
      Object.entries(aliases).map(([name, alias]) => [
        name,
        {
          ...present({
            residency: alias.residency,
            maxTokens: alias.max_tokens,
            guardrail: alias.guardrail,
          }),
          ...(alias.timeouts !== undefined && { deadlines: deadlinesOf(alias.timeouts) }),
          targets: alias.targets.map(present),
        },
      ]),
    ),
  };
}

function deadlinesOf(timeouts: UpstreamConfig['timeouts']) {
  return present({
    connectMs: timeouts.connect_ms,
    firstEventMs: timeouts.first_event_ms,
    idleMs: timeouts.idle_ms,
    totalMs: timeouts.total_ms,
  });
}

/** The same object without fields that are undefined. */
function present<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const fields = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function credentialsOf(env: Environment, found: FoundCredentials | undefined): BedrockOptions['credentials'] {
  const token = env.AWS_BEARER_TOKEN_BEDROCK;
  if (token) return { kind: 'bearer', token };
  return {
    kind: 'default-chain',
    ...(env.AWS_PROFILE && { profile: env.AWS_PROFILE }),
    // Asking the machine's metadata takes seconds where there is none, so only who forced Bedrock waits for it.
    instanceMetadata: found === undefined,
  };
}

function whoPays(found: FoundCredentials | undefined): string {
  const whose = {
    bearer: 'the account of the API key in AWS_BEARER_TOKEN_BEDROCK',
    environment: 'the account of the keys in AWS_ACCESS_KEY_ID',
    'web-identity': 'the account of the role in AWS_ROLE_ARN',
    container: "the account of this container's role",
    profile: `the account of the AWS profile "${found?.kind === 'profile' ? found.profile : ''}"`,
  };
  const account = found === undefined ? "the account of this machine's role" : whose[found.kind];
  return `${account} is billed for every answer`;
}

/** Our own address as the upstream would ask ourselves for ever. Longer loops are noticed by the hop header. */
function refuseOurselves(config: UpstreamConfig, listen: ListenConfig): void {
  const endpoints = [
    config.runtimeEndpoint,
    config.controlEndpoint,
    ...Object.values(config.accounts).map((account) => account.endpoint),
  ];
  for (const endpoint of endpoints) {
    if (endpoint === undefined) continue;
    const url = new URL(endpoint);
    const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
    const here = isLoopbackHost(url.hostname) || url.hostname.replace(/^\[(.*)\]$/, '$1') === listen.host;
    const ours = listen.publicUrl !== undefined && new URL(listen.publicUrl).origin === url.origin;
    if ((here && port === listen.port) || ours) {
      throw new ConfigError(
        `the upstream endpoint ${endpoint} is this server itself: point AWS_ENDPOINT_URL_BEDROCK_RUNTIME at Bedrock, or unset it`,
      );
    }
  }
}

function proxyOf(env: Environment) {
  return present({
    https: env.HTTPS_PROXY || env.https_proxy || undefined,
    http: env.HTTP_PROXY || env.http_proxy || undefined,
    no: env.NO_PROXY || env.no_proxy || undefined,
  });
}

async function readCaBundle(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`AWS_CA_BUNDLE: ${path} can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function isTrue(value: string | undefined): boolean {
  return value?.trim().toLowerCase() === 'true';
}
