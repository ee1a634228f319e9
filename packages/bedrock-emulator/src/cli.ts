import { readFlags, readScript, usage } from './cli-flags.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from './emulator.ts';
import type { Doc } from './engine/search.ts';

export interface EmulatorCliOptions {
  /** Gives the sections that the demo model may quote. */
  readonly docs?: (() => readonly Doc[]) | undefined;
  /** Ends the program, beside SIGINT and SIGTERM. */
  readonly signal?: AbortSignal | undefined;
  /** Where lines go; default the terminal. */
  readonly print?: ((line: string) => void) | undefined;
  readonly printError?: ((line: string) => void) | undefined;
}

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
      script: await readScript(argv),
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
