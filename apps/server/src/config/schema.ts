import { z } from 'zod';
import { modelKeys, modelsSchema } from './models.ts';
import {
  basePath,
  milliseconds,
  oneOf,
  origins,
  region,
  text,
  trustProxy,
  truth,
  url,
  wholeNumber,
  zeroOrMoreMilliseconds,
} from './values.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][\w.:-]{0,127}$/, 'expected a name of letters, digits and . _ : -');

const timeouts = z.strictObject({
  connect_ms: milliseconds.optional(),
  first_event_ms: milliseconds.optional(),
  idle_ms: milliseconds.optional(),
  total_ms: milliseconds.optional(),
});

const account = z.strictObject({
  role_arn: text('a role ARN, arn:aws:iam::…:role/…', /^arn:[\w-]+:iam::\d{12}:role\/\S+$/).optional(),
  external_id: text('text').optional(),
  endpoint: url.optional(),
});

const project = z.strictObject({
  account: name.optional(),
  models: z.array(text('a model name'), 'expected a list of model names').optional(),
});

const target = z
  .strictObject({
    model: text('a Bedrock model id').optional(),
    profile: text('an inference profile id or ARN').optional(),
    region: region.optional(),
    account: name.optional(),
    fallback: truth.optional(),
  })
  .refine((it) => it.model !== undefined || it.profile !== undefined, 'expected model or profile');

const alias = z.strictObject({
  residency: oneOf('geo', 'global').optional(),
  max_tokens: wholeNumber(1, 10_000_000).optional(),
  guardrail: z
    .strictObject({
      id: text('a guardrail id or ARN', /^[\w:/.-]+$/),
      version: z
        .union([z.string(), z.number()], 'expected a number or DRAFT')
        .transform(String)
        .refine((version) => /^(\d{1,8}|DRAFT)$/.test(version), 'expected a number or DRAFT'),
    })
    .optional(),
  timeouts: timeouts.optional(),
  targets: z.array(target, 'expected a list of targets').min(1, 'expected at least one target'),
});

const whole = z.strictObject({
  host: text('an address or host name', /^[\w.:[\]-]+$/).optional(),
  port: wholeNumber(0, 65_535).optional(),
  insecure: truth.optional(),
  api_key: text(
    'at least 20 letters, such as `openssl rand -hex 32` gives',
    /^[\x21-\x7e]{20,1000}$/,
  ).optional(),
  public_url: url.optional(),
  allowed_origins: origins.optional(),
  trust_proxy: trustProxy.optional(),
  base_path: basePath.optional(),
  upstream: oneOf('bedrock', 'emulator').optional(),
  upstream_client: oneOf('auto', 'direct', 'undici').optional(),
  region: region.optional(),
  runtime_endpoint: url.optional(),
  control_endpoint: url.optional(),
  timeouts: timeouts.optional(),
  drain_ms: zeroOrMoreMilliseconds.optional(),
  max_connections: wholeNumber(1, 1_000_000).optional(),
  max_connections_per_caller: wholeNumber(1, 1_000_000).optional(),
  max_generations: wholeNumber(1, 1_000_000).optional(),
  max_generations_per_caller: wholeNumber(1, 1_000_000).optional(),
  max_generations_per_socket: wholeNumber(1, 10_000).optional(),
  max_queue: wholeNumber(0, 1_000_000).optional(),
  max_queue_per_caller: wholeNumber(0, 1_000_000).optional(),
  queue_ms: zeroOrMoreMilliseconds.optional(),
  status_hold_ms: zeroOrMoreMilliseconds.optional(),
  merge_deltas: truth.optional(),
  resume_seconds: wholeNumber(1, 86_400).optional(),
  data_dir: text('a folder').optional(),
  data_max_mb: wholeNumber(1, 1_000_000).optional(),
  usage_days: wholeNumber(1, 36_500).optional(),
  web_dir: text('a folder').optional(),
  log_level: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent').optional(),
  accounts: z.record(name, account).optional(),
  projects: z.record(name, project).optional(),
  aliases: z.record(name, alias).optional(),
  models: modelsSchema.optional(),
});

/** Every key of every part: what a misspelt one may have meant. */
export const configKeys: readonly string[] = [
  ...new Set([
    ...[whole, timeouts, account, project, target, alias].flatMap((part) => Object.keys(part.shape)),
    ...modelKeys,
  ]),
];

/** Everything that can be configured, in the words of `streambed.yaml`. */
export const configSchema = whole.superRefine((config, context) => {
  const accounts = Object.keys(config.accounts ?? {});
  const check = (account: string | undefined, path: (string | number)[]) => {
    if (account === undefined || accounts.includes(account)) return;
    const known = accounts.length === 0 ? 'none is configured' : accounts.join(', ');
    context.addIssue({ code: 'custom', path, message: `expected a name among accounts (${known})` });
  };
  for (const [name, { account }] of Object.entries(config.projects ?? {})) {
    check(account, ['projects', name, 'account']);
  }
  for (const [name, { targets }] of Object.entries(config.aliases ?? {})) {
    for (const [index, { account }] of targets.entries()) {
      check(account, ['aliases', name, 'targets', index, 'account']);
    }
  }
});

export type ConfigFile = z.output<typeof configSchema>;
