import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { EmulatorCredentials } from './auth.ts';
import { isFields } from './bodies/problems.ts';
import type { EmulatorOptions } from './emulator.ts';
import type { Engine } from './engine/engine.ts';
import { openAiEngine } from './engine/openai-engine.ts';
import { parseFault } from './faults.ts';
import type { EmulatorGuardrail } from './guardrails.ts';
import type { TlsOptions } from './listen.ts';
import type { PaceOption } from './pace.ts';
import type { Script } from './script.ts';

const defaultPort = 4599;

/** What `--help` prints. */
export const usage = `streambed emulator: a local Amazon Bedrock

  --port N             default ${defaultPort}; 0 takes any free port
  --host HOST          default 127.0.0.1
  --cert FILE --key FILE   TLS with this certificate and private key (PEM)
  --seed TEXT          the same seed and request give the same answer
  --pace PACE          model (default), instant, or tokens per second
  --credentials ID:SECRET[:TOKEN]   verify signatures for real; may be repeated
  --api-key KEY        a bearer key that passes; may be repeated
  --region REGION      refuse signatures for another region
  --profile ARN=MODEL  what an application inference profile or another opaque ARN leads to; may be repeated
  --guardrails FILE    guardrails, a JSON list
  --script FILE        a JavaScript module whose default export decides what to answer
  --fault FAULT        as after /fault in a prompt: "throttle probability 0.1 model *haiku*"; may be repeated
  --requests-per-minute N, --tokens-per-minute N   throttle what is beyond, for each model id
  --replay DIR [--timing recorded|instant]   serve the recorded exchanges of a folder
  --record DIR --upstream URL   pass everything on to a real endpoint, and write it to files
      [--upstream-credentials ID:SECRET[:TOKEN] | --upstream-api-key KEY]   sign, or authorize, anew
  --engine-url URL --engine-model NAME [--engine-key KEY]
                       answers come from a server of the chat-completions API: http://127.0.0.1:11434/v1
  --help`;

/** The options, a text that says what is wrong, or `undefined` for `--help`. */
export function readFlags(argv: readonly string[]): EmulatorOptions | string | undefined {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? error.message) : String(error);
  }
  if (values.help === true) return undefined;
  const port = Number(values.port ?? defaultPort);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    return `--port takes a number from 0 to 65535, not "${values.port}".`;
  const pace = readPace(values.pace ?? 'model');
  if (pace === undefined)
    return `--pace takes "model", "instant" or a number of tokens per second, not "${values.pace}".`;
  const credentials = (values.credentials ?? []).map(readCredentials);
  if (credentials.some((one) => one === undefined))
    return '--credentials takes ID:SECRET or ID:SECRET:TOKEN.';
  const wrongFault = (values.fault ?? []).map(parseFault).find((fault) => typeof fault === 'string');
  if (typeof wrongFault === 'string') return `--fault: ${wrongFault}`;
  const limits: Record<string, number> = {};
  for (const [flag, name] of [
    ['requests-per-minute', 'requestsPerMinute'],
    ['tokens-per-minute', 'tokensPerMinute'],
  ] as const) {
    const text = values[flag];
    if (text === undefined) continue;
    if (!/^\d{1,9}$/.test(text)) return `--${flag} takes a number, not "${text}".`;
    limits[name] = Number(text);
  }
  const engine = readEngine(values['engine-url'], values['engine-model'], values['engine-key']);
  if (typeof engine === 'string') return engine;
  const passing = readPassing(values);
  if (typeof passing === 'string') return passing;
  const profiles = (values.profile ?? []).map((text) => /^(.+)=([^=]+)$/.exec(text)?.slice(1) ?? []);
  if (profiles.some(([, model]) => model === undefined)) return '--profile takes ARN=MODEL.';
  const guardrails = readGuardrails(values.guardrails);
  if (typeof guardrails === 'string') return guardrails;
  const tls = readTls(values.cert, values.key);
  if (typeof tls === 'string') return tls;
  return {
    port,
    tls,
    host: values.host ?? '127.0.0.1',
    seed: values.seed,
    pace,
    region: values.region,
    profiles: Object.fromEntries(profiles),
    guardrails,
    faultRules: values.fault,
    limits,
    engine,
    apiKeys: values['api-key'],
    credentials: credentials.length === 0 ? undefined : credentials.filter((one) => one !== undefined),
    ...passing,
  };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      cert: { type: 'string' },
      key: { type: 'string' },
      seed: { type: 'string' },
      pace: { type: 'string' },
      credentials: { type: 'string', multiple: true },
      'api-key': { type: 'string', multiple: true },
      region: { type: 'string' },
      profile: { type: 'string', multiple: true },
      guardrails: { type: 'string' },
      script: { type: 'string' },
      fault: { type: 'string', multiple: true },
      'requests-per-minute': { type: 'string' },
      'tokens-per-minute': { type: 'string' },
      replay: { type: 'string' },
      timing: { type: 'string' },
      record: { type: 'string' },
      upstream: { type: 'string' },
      'upstream-credentials': { type: 'string' },
      'upstream-api-key': { type: 'string' },
      'engine-url': { type: 'string' },
      'engine-model': { type: 'string' },
      'engine-key': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  }).values;
}

function readCredentials(text: string): EmulatorCredentials | undefined {
  const [accessKeyId = '', secretAccessKey = '', ...token] = text.split(':');
  if (accessKeyId === '' || secretAccessKey === '') return undefined;
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: token.length === 0 ? undefined : token.join(':'),
  };
}

function readPassing(values: ReturnType<typeof parse>): Pick<EmulatorOptions, 'replay' | 'record'> | string {
  const { replay, timing, record, upstream, region } = values;
  if (replay !== undefined && record !== undefined) return '--replay and --record exclude each other.';
  if (timing !== undefined && timing !== 'recorded' && timing !== 'instant')
    return `--timing takes "recorded" or "instant", not "${timing}".`;
  if (replay !== undefined) return { replay: { folder: replay, timing } };
  if (record === undefined && upstream === undefined) return {};
  if (record === undefined || upstream === undefined) return '--record and --upstream go together.';
  if (!URL.canParse(upstream) || !/^https?:$/.test(new URL(upstream).protocol))
    return `--upstream takes an address like https://bedrock-runtime.us-east-1.amazonaws.com, not "${upstream}".`;
  const given = values['upstream-credentials'];
  const credentials = given === undefined ? undefined : readCredentials(given);
  if (given !== undefined && credentials === undefined)
    return '--upstream-credentials takes ID:SECRET or ID:SECRET:TOKEN.';
  return { record: { folder: record, upstream, credentials, apiKey: values['upstream-api-key'], region } };
}

function readGuardrails(file: string | undefined): readonly EmulatorGuardrail[] | string | undefined {
  if (file === undefined) return undefined;
  try {
    const list: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(list) && list.every((one) => isFields(one) && typeof one.id === 'string')
      ? (list as readonly EmulatorGuardrail[])
      : `--guardrails: ${file} holds no list of guardrails, each with an "id".`;
  } catch (error) {
    return `--guardrails: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** The default export of a module, which decides what to answer. Throws where it has none. */
export async function readScript(argv: readonly string[]): Promise<Script | undefined> {
  const file = parse(argv).script;
  if (file === undefined) return undefined;
  const module = (await import(pathToFileURL(resolve(file)).href)) as { readonly default?: unknown };
  if (typeof module.default !== 'function') throw new Error(`${file} has no function as its default export.`);
  return module.default as Script;
}

function readTls(cert: string | undefined, key: string | undefined): TlsOptions | string | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined) return '--cert and --key go together.';
  try {
    return { cert: readFileSync(cert), key: readFileSync(key) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readEngine(
  url: string | undefined,
  model: string | undefined,
  apiKey: string | undefined,
): Engine | string | undefined {
  if (url === undefined && model === undefined) return undefined;
  if (url === undefined || model === undefined) return '--engine-url and --engine-model go together.';
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    return `--engine-url takes an address like http://127.0.0.1:11434/v1, not "${url}".`;
  return openAiEngine({ url, model, apiKey });
}

function readPace(text: string): PaceOption | undefined {
  if (text === 'model' || text === 'instant') return text;
  const tokensPerSecond = Number(text);
  return tokensPerSecond > 0 ? { firstTokenMs: 300, tokensPerSecond, jitter: 0.3 } : undefined;
}
