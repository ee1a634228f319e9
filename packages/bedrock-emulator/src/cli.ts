import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { EmulatorCredentials } from './auth.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from './emulator.ts';
import type { Engine } from './engine/engine.ts';
import { openAiEngine } from './engine/openai-engine.ts';
import type { Doc } from './engine/search.ts';
import { parseFault } from './faults.ts';
import type { TlsOptions } from './listen.ts';
import type { PaceOption } from './pace.ts';

export interface EmulatorCliOptions {
  /** Sections the demo model may quote. */
  readonly docs?: readonly Doc[] | undefined;
  /** Ends the program, beside SIGINT and SIGTERM. */
  readonly signal?: AbortSignal | undefined;
  /** Where lines go; default the terminal. */
  readonly print?: ((line: string) => void) | undefined;
  readonly printError?: ((line: string) => void) | undefined;
}

const defaultPort = 4599;

const usage = `streambed emulator: a local Amazon Bedrock

  --port N             default ${defaultPort}; 0 takes any free port
  --host HOST          default 127.0.0.1
  --cert FILE --key FILE   TLS with this certificate and private key (PEM)
  --seed TEXT          the same seed and request give the same answer
  --pace PACE          model (default), instant, or tokens per second
  --credentials ID:SECRET[:TOKEN]   verify signatures for real; may be repeated
  --api-key KEY        a bearer key that passes; may be repeated
  --region REGION      refuse signatures for another region
  --fault FAULT        as after /fault in a prompt: "throttle probability 0.1 model *haiku*"; may be repeated
  --requests-per-minute N, --tokens-per-minute N   throttle what is beyond, for each model id
  --replay DIR [--timing recorded|instant]   serve the recorded exchanges of a folder
  --record DIR --upstream URL   pass everything on to a real endpoint, and write it to files
      [--upstream-credentials ID:SECRET[:TOKEN] | --upstream-api-key KEY]   sign, or authorize, anew
  --engine-url URL --engine-model NAME [--engine-key KEY]
                       answers come from a server of the chat-completions API: http://127.0.0.1:11434/v1
  --help`;

/**
 * `streambed emulator …`: runs until SIGINT or SIGTERM. `argv` is what follows the command's name. Resolves with the
 * exit code: 0, 1 when the port can't be had, 2 for a mistake in the flags; each said in one line.
 */
export async function runEmulatorCli(
  argv: readonly string[],
  options: EmulatorCliOptions = {},
): Promise<number> {
  const print = options.print ?? ((line) => process.stdout.write(`${line}\n`));
  const printError = options.printError ?? ((line) => process.stderr.write(`${line}\n`));
  const flags = readFlags(argv);
  if (typeof flags === 'string') {
    printError(`streambed emulator: ${flags}`);
    return 2;
  }
  if (flags === undefined) {
    print(usage);
    return 0;
  }

  let emulator: Emulator;
  try {
    emulator = await startEmulator({
      ...flags,
      docs: options.docs,
      ...(flags.record === undefined
        ? {}
        : { record: { ...flags.record, onWritten: (file: string) => print(`wrote ${file}`) } }),
    });
  } catch (error) {
    printError(`streambed emulator: ${whyNotStarted(error, flags)}`);
    return 1;
  }
  await using running = emulator;
  print(`Local Bedrock on ${running.url} (${whatItSays(flags)})`);
  print(`Point an AWS SDK at it:  export AWS_ENDPOINT_URL_BEDROCK_RUNTIME=${running.url}`);
  if (flags.credentials === undefined)
    print(
      'Any credentials do:      export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1',
    );
  await ended(options.signal);
  return 0;
}

function whatItSays({ record, replay, engine }: EmulatorOptions): string {
  if (record !== undefined) return `records ${record.upstream} into ${record.folder}`;
  if (replay !== undefined) return `replays ${replay.folder}`;
  return engine === undefined ? 'made-up text, no account, no cost' : 'answers from another engine';
}

function whyNotStarted(error: unknown, { port, host }: EmulatorOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `port ${port} is taken. Choose another one with --port.`;
  if (code === 'EACCES') return `port ${port} needs more rights. Choose one above 1023 with --port.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `this machine has no address ${host}. Choose another one with --host.`;
  return error instanceof Error ? error.message : String(error);
}

/** The options, a text that says what is wrong, or `undefined` for `--help`. */
function readFlags(argv: readonly string[]): EmulatorOptions | string | undefined {
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
  const tls = readTls(values.cert, values.key);
  if (typeof tls === 'string') return tls;
  return {
    port,
    tls,
    host: values.host ?? '127.0.0.1',
    seed: values.seed,
    pace,
    region: values.region,
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

function ended(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve();
      return;
    }
    const end = () => {
      process.removeListener('SIGINT', end);
      process.removeListener('SIGTERM', end);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    signal?.addEventListener('abort', end, { once: true });
  });
}
