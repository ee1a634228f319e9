import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { z } from 'zod';
import { type Given, readArguments } from './config/arguments.ts';
import { ConfigError } from './config/config-error.ts';
import { type Environment, readEnvironment } from './config/environment.ts';
import { type ConfigDocument, readConfigFile } from './config/file.ts';
import { nearMiss } from './config/near-miss.ts';
import { type ConfigFile, configKeys, configSchema } from './config/schema.ts';
import { settings } from './config/settings.ts';
import { isLoopbackHost } from './http/hosts.ts';
import { webDir } from './paths.ts';

export { ConfigError } from './config/config-error.ts';

/** Who may come in, and by which names. */
export interface ListenConfig {
  readonly host: string;
  /** 0: a free one. */
  readonly port: number;
  /** Reachable from elsewhere although there are no keys. */
  readonly insecure: boolean;
  /** What makes it reachable from elsewhere, in words; undefined: nothing does. */
  readonly exposed: string | undefined;
  readonly publicUrl: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly trustProxy: boolean | number | string;
  /** Empty, or `/streambed`. */
  readonly basePath: string;
  readonly maxConnections: number;
  /** Absent: a quarter of those for who has a key; all of them where there are no keys. */
  readonly maxConnectionsPerCaller: number | undefined;
}

/** What answers, and how it is reached. */
export interface UpstreamConfig {
  /** undefined: Bedrock where credentials are found, else the embedded emulator. */
  readonly choice: 'bedrock' | 'emulator' | undefined;
  /** What requests are sent with. */
  readonly client: NonNullable<ConfigFile['upstream_client']>;
  readonly region: string | undefined;
  readonly runtimeEndpoint: string | undefined;
  readonly controlEndpoint: string | undefined;
  readonly timeouts: Timeouts;
  readonly accounts: NonNullable<ConfigFile['accounts']>;
  readonly aliases: NonNullable<ConfigFile['aliases']>;
  /** Corrections and additions to the catalogue. */
  readonly models: NonNullable<ConfigFile['models']>;
  /** The ecosystem's own variables (`AWS_…`, proxies), as they were at the start. */
  readonly environment: Environment;
  /** Where AWS's own files lie. */
  readonly home: string;
}

/** Deadlines in milliseconds; absent: the default of the client. */
export interface Timeouts {
  readonly connect_ms?: number | undefined;
  readonly first_event_ms?: number | undefined;
  readonly idle_ms?: number | undefined;
  readonly total_ms?: number | undefined;
}

export interface GenerationConfig {
  readonly max: number;
  readonly maxPerSocket: number;
  /** Absent: as for connections. */
  readonly maxPerCaller: number | undefined;
  /** How many may wait for a place, and of those one caller. */
  readonly maxQueue: number;
  readonly maxQueuePerCaller: number | undefined;
  /** How long one waits; 0: nobody does. */
  readonly queueMs: number;
  /** How long running answers may take once the server is told to stop. */
  readonly drainMs: number;
  /** How long an HTTP status is held until there is a first event. */
  readonly statusHoldMs: number;
  /** Whether deltas that came together are sent as one. */
  readonly mergeDeltas: boolean;
  /** How long what has ended can still be read. */
  readonly resumeSeconds: number;
}

/** Everything the server is told, checked and frozen; each part is handed to its owner only. */
export interface Config {
  readonly listen: ListenConfig;
  readonly access: {
    /** A key that the environment gives. */
    readonly apiKey: string | undefined;
    /** What holds for all keys of a project; without keys everybody is in `default`. */
    readonly projects: NonNullable<ConfigFile['projects']>;
  };
  readonly upstream: UpstreamConfig;
  readonly generations: GenerationConfig;
  /** The folder of the built page. */
  readonly web: { readonly dir: string };
  readonly data: {
    readonly dir: string;
    /** Whether somebody chose that folder: then it must be usable. */
    readonly asked: boolean;
    /** What the stream log may take of the disk, in bytes. */
    readonly maxBytes: number;
    /** How long it is kept what each generation used. */
    readonly usageDays: number;
  };
  readonly log: { readonly level: NonNullable<ConfigFile['log_level']> };
}

export interface ConfigSources {
  /** Flags, without the command. */
  readonly argv: readonly string[];
  readonly env?: Environment;
  readonly cwd?: string;
}

/**
 * Reads the configuration: flags before variables before `streambed.yaml` before defaults. Throws ConfigError, one
 * line that names the key, where it came from, what was expected, and the near miss of a misspelt name.
 */
export function readConfig({ argv, env = process.env, cwd = process.cwd() }: ConfigSources): Config {
  const flags = readArguments(argv);
  const variables = readEnvironment(env);
  const file = openFile(flags.get('config'), env, cwd);
  const given = new Map<string, Given>();
  for (const { key, flag } of settings) {
    const value = flags.get(flag ?? '') ?? variables.get(key);
    if (value !== undefined) given.set(key, value);
  }
  const checked = check(merge(file.value, given), given, file);
  const exposed = whatExposes(checked, (key) => sourceOf([key], given, file));
  return deepFreeze(toConfig(checked, { env, cwd, exposed }));
}

function openFile(flag: Given | undefined, env: Environment, cwd: string): ConfigDocument {
  const variable = env.STREAMBED_CONFIG || undefined;
  const asked = flag === undefined ? variable : String(flag.value);
  const askedBy = flag?.source ?? (variable === undefined ? undefined : 'the variable STREAMBED_CONFIG');
  const name = asked ?? 'streambed.yaml';
  return readConfigFile(resolve(cwd, name), name, askedBy);
}

function merge(file: Readonly<Record<string, unknown>>, given: ReadonlyMap<string, Given>): unknown {
  const merged: Record<string, unknown> = { ...file };
  for (const [key, { value }] of given) {
    const [outer = '', inner] = key.split('.');
    if (inner === undefined) merged[outer] = value;
    else merged[outer] = { ...(merged[outer] as object | undefined), [inner]: value };
  }
  return merged;
}

function check(value: unknown, given: ReadonlyMap<string, Given>, file: ConfigDocument): ConfigFile {
  const result = configSchema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const near = nearMiss(key, configKeys);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new ConfigError(`${file.at([...issue.path, key])}: there is no key ${key}${hint}`);
  }
  const expected = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
  const got = valueAt(value, issue.path);
  const isShown = got !== null && typeof got !== 'object' && got !== undefined && issue.path[0] !== 'api_key';
  const shown = isShown ? `, got "${String(got)}"` : '';
  const says = expected?.replace(/^Invalid input: /, '') ?? 'expected something else';
  throw new ConfigError(
    `${issue.path.join('.')}: ${says}${shown} (from ${sourceOf(issue.path, given, file)})`,
  );
}

function sourceOf(
  path: readonly PropertyKey[],
  given: ReadonlyMap<string, Given>,
  file: ConfigDocument,
): string {
  return given.get(path.join('.'))?.source ?? file.at(path);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | undefined)?.[step], value);
}

function toConfig(
  file: ConfigFile,
  { env, cwd, exposed }: { env: Environment; cwd: string; exposed: string | undefined },
): Config {
  const host = (file.host ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1');
  return {
    listen: {
      // One listener: `localhost` would be two, one for each family of addresses.
      host: host.toLowerCase() === 'localhost' ? '127.0.0.1' : host,
      port: file.port ?? 8080,
      insecure: file.insecure ?? false,
      exposed,
      publicUrl: file.public_url,
      allowedOrigins: file.allowed_origins ?? [],
      trustProxy: file.trust_proxy ?? false,
      basePath: file.base_path ?? '',
      maxConnections: file.max_connections ?? 10_000,
      maxConnectionsPerCaller: file.max_connections_per_caller,
    },
    access: { apiKey: file.api_key, projects: file.projects ?? {} },
    upstream: {
      choice: file.upstream,
      client: file.upstream_client ?? 'auto',
      region: file.region,
      runtimeEndpoint: file.runtime_endpoint,
      controlEndpoint: file.control_endpoint,
      timeouts: file.timeouts ?? {},
      accounts: file.accounts ?? {},
      aliases: file.aliases ?? {},
      models: file.models ?? {},
      environment: { ...env },
      home: env.HOME || env.USERPROFILE || homedir(),
    },
    generations: {
      max: file.max_generations ?? 1_000,
      maxPerSocket: file.max_generations_per_socket ?? 32,
      maxPerCaller: file.max_generations_per_caller,
      maxQueue: file.max_queue ?? 1_000,
      maxQueuePerCaller: file.max_queue_per_caller,
      queueMs: file.queue_ms ?? 10_000,
      drainMs: file.drain_ms ?? 30_000,
      statusHoldMs: file.status_hold_ms ?? 10_000,
      mergeDeltas: file.merge_deltas ?? false,
      resumeSeconds: file.resume_seconds ?? 600,
    },
    web: { dir: file.web_dir === undefined ? webDir : resolve(cwd, file.web_dir) },
    data: {
      dir: resolve(cwd, file.data_dir ?? '.streambed'),
      asked: file.data_dir !== undefined,
      maxBytes: (file.data_max_mb ?? 2_048) * 1024 * 1024,
      usageDays: file.usage_days ?? 400,
    },
    log: { level: file.log_level ?? 'warn' },
  };
}

/** What makes a server reachable from elsewhere; whether that may be depends on the keys there are. */
function whatExposes(
  { host = '127.0.0.1', public_url: publicUrl }: ConfigFile,
  source: (key: string) => string,
): string | undefined {
  if (!isLoopbackHost(host)) return `host: ${host} (from ${source('host')})`;
  if (publicUrl === undefined || isLoopbackHost(new URL(publicUrl).hostname)) return undefined;
  return `public_url: ${publicUrl} (from ${source('public_url')})`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}
