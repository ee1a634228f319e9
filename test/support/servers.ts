import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../apps/server/src/config.ts';
import { type RunningServer, startServer, type Tuning } from '../../apps/server/src/server.ts';
import { root } from './root.ts';

/** AWS's own published example key: it opens nothing. */
const exampleCredentials = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
} as const;

export interface ServerSettings {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** For a program of its own: another one that starts it, with the arguments that come before its name. */
  readonly within?: readonly string[];
}

/** Settings that lead the server to `url` in place of Bedrock, with a key that opens nothing. */
export function upstreamAt(url: string, more: ServerSettings = {}): ServerSettings {
  return {
    ...more,
    argv: ['--upstream', 'bedrock', ...(more.argv ?? [])],
    env: {
      ...exampleCredentials,
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      AWS_ENDPOINT_URL_BEDROCK: url,
      ...more.env,
    },
  };
}

/** The real server in this process: on a free port, and with a data folder of its own. */
export async function startInProcess(
  settings: ServerSettings = {},
  tuning: Tuning = {},
): Promise<RunningServer> {
  // The AWS SDK's credential chain reads the process's own environment.
  for (const [name, value] of Object.entries(settings.env ?? {})) {
    if (name.startsWith('AWS_')) process.env[name] = value;
  }
  const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
  const server = await startServer(
    readConfig({ argv: withPort(settings), env: environment(settings, folder), cwd: folder }),
    tuning,
  );
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...server, stop, [Symbol.asyncDispose]: stop };
}

export interface ChildServer extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Everything printed so far, on both streams. */
  readonly output: string;
  readonly exited: Promise<Exit>;
  signal(name: NodeJS.Signals): void;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Everything printed, on both streams. */
  readonly output: string;
}

/** The real server as a program of its own, ready. Rejects with what it printed where it ends before that. */
export async function startAsChild(settings: ServerSettings = {}): Promise<ChildServer> {
  const { promise: ready, resolve, reject } = Promise.withResolvers<string>();
  const child = spawnServer(settings, (output) => {
    const url = readyLine.exec(output)?.[1];
    if (url !== undefined) resolve(url);
  });
  child.exited.then(({ output }) => reject(new Error(`the server ended before it was ready:\n${output}`)));
  const url = await ready;
  return {
    url,
    pid: child.pid,
    get output() {
      return child.output();
    },
    exited: child.exited,
    signal: child.kill,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await child.exited;
    },
  };
}

/** Runs the program until it ends by itself, as a start that must fail does. */
export function runToEnd(settings: ServerSettings = {}): Promise<Exit> {
  return spawnServer(settings).exited;
}

/** What the program prints once it serves. */
const readyLine = /Streambed[^\n]*(http:\/\/127\.0\.0\.1:\d+)/;

function spawnServer(settings: ServerSettings, onOutput: (output: string) => void = () => {}) {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-test-'));
  const main = join(root, 'apps', 'server', 'src', 'main.ts');
  const [program = process.execPath, ...before] = [...(settings.within ?? []), process.execPath];
  const child = spawn(program, [...before, main, ...withPort(settings)], {
    cwd: folder,
    env: environment(settings, folder),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      onOutput(output);
    });
  }
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      resolve({ code, signal, output });
    });
  });
  return {
    pid: child.pid as number,
    output: () => output,
    exited,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
  };
}

function withPort({ argv = [] }: ServerSettings): string[] {
  return argv.includes('--port') ? [...argv] : [...argv, '--port', '0'];
}

function environment({ env }: ServerSettings, folder: string): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !/^AWS_/.test(name),
  );
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    STREAMBED_DATA_DIR: join(folder, 'data'),
    // Retries are said at `warn`; these tests make many, on purpose.
    STREAMBED_LOG_LEVEL: 'error',
    ...env,
  };
}
