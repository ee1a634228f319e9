import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { modelOverrides } from './config/models.ts';
import { type Config, readConfig } from './config.ts';

const folder = mkdtempSync(join(tmpdir(), 'streambed-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Given {
  readonly argv?: readonly string[];
  readonly env?: Record<string, string>;
  readonly yaml?: string;
}

function read({ argv = [], env = {}, yaml }: Given): Config {
  const path = join(folder, 'streambed.yaml');
  rmSync(path, { force: true });
  if (yaml !== undefined) writeFileSync(path, yaml);
  return readConfig({ argv, env, cwd: folder });
}

test('with nothing given it listens on loopback, and everything is frozen', () => {
  const config = read({});
  expect(config.listen).toMatchObject({ host: '127.0.0.1', port: 8080, insecure: false, basePath: '' });
  expect(config.upstream.choice).toBeUndefined();
  expect(config.generations.drainMs).toBe(30_000);
  expect(config.log.level).toBe('warn');
  expect(Object.isFrozen(config.listen.allowedOrigins)).toBe(true);
});

test('flags come before variables, variables before the file, the file before defaults', () => {
  const yaml = 'port: 1\nhost: 127.0.0.2\ntimeouts:\n  idle_ms: 1\n  total_ms: 2\ndrain_ms: 0\n';
  const env = { PORT: '2', STREAMBED_TIMEOUT_IDLE_MS: '3' };
  const config = read({ argv: ['--port', '4'], env, yaml });
  expect(config.listen).toMatchObject({ port: 4, host: '127.0.0.2' });
  expect(config.upstream.timeouts).toEqual({ idle_ms: 3, total_ms: 2 });
  expect(config.generations.drainMs).toBe(0);
  expect(read({ env, yaml }).listen.port).toBe(2);
  expect(read({ env: { ...env, STREAMBED_PORT: '5' }, yaml }).listen.port).toBe(5);
  expect(read({ env: { PORT: '' }, yaml }).listen.port).toBe(1);
});

test('flags may be written with = and switches alone', () => {
  expect(read({ argv: ['--port=0', '--insecure', '--host=0.0.0.0'] }).listen).toMatchObject({
    port: 0,
    host: '0.0.0.0',
    insecure: true,
  });
});

test('localhost is one listener, and IPv6 loopback is loopback', () => {
  expect(read({ argv: ['--host', 'localhost'] }).listen.host).toBe('127.0.0.1');
  expect(read({ argv: ['--host', '[::1]'] }).listen.host).toBe('::1');
});

test('what stands before a proxy is read', () => {
  const env = {
    STREAMBED_INSECURE: 'true',
    STREAMBED_PUBLIC_URL: 'https://chat.example.com/',
    STREAMBED_ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173/',
    STREAMBED_TRUST_PROXY: '1',
    STREAMBED_BASE_PATH: '/chat/',
  };
  expect(read({ env }).listen).toMatchObject({
    publicUrl: 'https://chat.example.com',
    allowedOrigins: ['https://a.example', 'http://localhost:5173'],
    trustProxy: 1,
    basePath: '/chat',
  });
});

test("the file's accounts, projects and aliases are checked and kept", () => {
  const config = read({
    yaml: `
accounts: { prod: { role_arn: "arn:aws:iam::123456789012:role/bedrock", external_id: x } }
projects: { search: { account: prod, models: [claude-sonnet] } }
aliases:
  claude-sonnet:
    residency: geo
    max_tokens: 8192
    timeouts: { idle_ms: 60000 }
    targets:
      - { model: "anthropic.claude-sonnet-4-5-20250929-v1:0", region: eu-central-1, account: prod }
      - { profile: "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc", region: eu-west-1 }
`,
  });
  expect(config.upstream.accounts.prod?.external_id).toBe('x');
  expect(config.upstream.aliases['claude-sonnet']?.targets).toHaveLength(2);
  expect(config.access.projects).toEqual({ search: { account: 'prod', models: ['claude-sonnet'] } });
});

const mistakes: readonly (readonly [Given, string])[] = [
  [{ argv: ['--port', '80a'] }, 'port: expected a whole number from 0 to 65535, got "80a" (from --port)'],
  [
    { env: { PORT: '70000' } },
    'port: expected a whole number from 0 to 65535, got "70000" (from the variable PORT)',
  ],
  [
    { yaml: 'host: 127.0.0.1\nport: many\n' },
    'port: expected a whole number from 0 to 65535, got "many" (from streambed.yaml:2)',
  ],
  [{ argv: ['--prot', '1'] }, 'there is no flag --prot; did you mean --port?'],
  [{ argv: ['--xyzzy'] }, 'there is no flag --xyzzy; --help lists the flags there are'],
  [{ argv: ['--port'] }, '--port needs a value: --port N'],
  [{ argv: ['8080'] }, '"8080" is not expected here; --help lists what is'],
  [{ env: { STREAMBED_PROT: '1' } }, 'there is no variable STREAMBED_PROT; did you mean STREAMBED_PORT?'],
  [
    { env: { STREAMBED_TIMEOUT_IDLE: '1' } },
    'there is no variable STREAMBED_TIMEOUT_IDLE; did you mean STREAMBED_TIMEOUT_IDLE_MS?',
  ],
  [{ env: { STREAMBED_QUUX_ZORK: '1' } }, 'there is no variable STREAMBED_QUUX_ZORK; unset it'],
  [{ yaml: 'host: 127.0.0.1\nprot: 1\n' }, 'streambed.yaml:2: there is no key prot; did you mean port?'],
  [
    { yaml: 'aliases:\n  a:\n    targets:\n      - { modle: x.y }\n' },
    'streambed.yaml:4: there is no key modle; did you mean model?',
  ],
  [
    { yaml: 'aliases:\n  a: { targets: [{ model: x.y, account: prod }] }\n' },
    'aliases.a.targets.0.account: expected a name among accounts (none is configured), got "prod" (from streambed.yaml:2)',
  ],
  [
    { yaml: 'aliases:\n  a: { targets: [] }\n' },
    'aliases.a.targets: expected at least one target (from streambed.yaml:2)',
  ],
  [
    { yaml: 'aliases:\n  a: { guardrail: { id: g, version: newest }, targets: [{ model: x.y }] }\n' },
    'aliases.a.guardrail.version: expected a number or DRAFT, got "newest" (from streambed.yaml:2)',
  ],
  [
    { yaml: 'models:\n  acme.parrot-v1:0: { max_ouput: 1 }\n' },
    'streambed.yaml:2: there is no key max_ouput; did you mean max_output?',
  ],
  [
    { yaml: 'models:\n  acme.parrot-v1:0: { prices: { us: { input: cheap } } }\n' },
    'models.acme.parrot-v1:0.prices.us.input: expected a price in USD per million tokens, such as "0.25", got "cheap" (from streambed.yaml:2)',
  ],
  [
    { yaml: 'accounts: { prod: { role_arn: nonsense } }\n' },
    'accounts.prod.role_arn: expected a role ARN, arn:aws:iam::…:role/…, got "nonsense" (from streambed.yaml:1)',
  ],
  [{ yaml: '- a\n' }, 'streambed.yaml: expected keys and values, such as "port: 8080"'],
  [{ argv: ['--config', 'other.yaml'] }, 'other.yaml: there is no such file (from --config)'],
  [
    { argv: ['--upstream', 'bedrok'] },
    'upstream: expected bedrock or emulator, got "bedrok" (from --upstream)',
  ],
  [
    { env: { AWS_REGION: 'Frankfurt' } },
    'region: expected an AWS region such as eu-central-1, got "Frankfurt" (from the variable AWS_REGION)',
  ],
  [
    { env: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: 'localhost:9000' } },
    'runtime_endpoint: expected an http or https URL, got "localhost:9000" (from the variable AWS_ENDPOINT_URL_BEDROCK_RUNTIME)',
  ],
  [{ env: { DATABASE_URL: 'postgres://x' } }, 'DATABASE_URL is not supported yet; unset it to start without'],
  [{ env: { VALKEY_URL: 'redis://x' } }, 'VALKEY_URL is not supported yet; unset it to start without'],
  [
    { env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' } },
    'OTEL_EXPORTER_OTLP_ENDPOINT is not supported yet; unset it to start without',
  ],
  [
    { env: { STREAMBED_API_KEY: 'too-short' } },
    'api_key: expected at least 20 letters, such as `openssl rand -hex 32` gives (from the variable STREAMBED_API_KEY)',
  ],
];

test.each(mistakes)('a mistake is one line: %j', (given, line) => {
  expect(() => read(given)).toThrow(expect.objectContaining({ name: 'ConfigError', message: line }));
});

test('YAML that cannot be read names its line', () => {
  expect(() => read({ yaml: 'port: 1\nhost: [a\n' })).toThrow(/^streambed\.yaml:\d+: [^\n]+$/);
});

test('variables that only describe telemetry, or turn it off, may stay', () => {
  const env = { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_EXPORTER: 'none', STREAMBED_RECORDINGS: '/x' };
  expect(read({ env }).listen.port).toBe(8080);
  expect(
    read({ env: { OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' } }).listen.port,
  ).toBe(8080);
});

test('a model of the file reaches the client in its own words, prices as they were written', () => {
  const { models } = read({
    yaml: [
      'models:',
      '  acme.parrot-v1:0:',
      '    { name: Parrot, profiles: [eu.acme.parrot-v1:0], on_demand: no, input: [text, image], thinking: no,',
      '      lifecycle: active, prices: { eu: { input: 0.25, cache_write_5m: "0.3125" } } }',
      '  arn:aws:bedrock:us-east-1:123456789012:imported-model/abc: { model: meta.llama3-8b-instruct-v1:0 }',
      '',
    ].join('\n'),
  }).upstream;
  expect(modelOverrides(models)).toEqual({
    'acme.parrot-v1:0': {
      name: 'Parrot',
      inferenceProfiles: ['eu.acme.parrot-v1:0'],
      onDemand: false,
      modalities: { input: ['text', 'image'] },
      thinking: { supported: false },
      lifecycle: null,
      prices: { eu: { input: '0.25', cacheWrite5m: '0.3125' } },
    },
    'arn:aws:bedrock:us-east-1:123456789012:imported-model/abc': { model: 'meta.llama3-8b-instruct-v1:0' },
  });
});

test('it says what makes the server reachable from elsewhere', () => {
  expect(read({}).listen.exposed).toBeUndefined();
  expect(read({ env: { HOST: '127.0.0.9' } }).listen.exposed).toBeUndefined();
  expect(read({ env: { HOST: '0.0.0.0' } }).listen.exposed).toBe('host: 0.0.0.0 (from the variable HOST)');
  expect(read({ yaml: 'public_url: https://chat.example.com' }).listen.exposed).toBe(
    'public_url: https://chat.example.com (from streambed.yaml:1)',
  );
});
