import { helpText } from './cli/help.ts';
import { ConfigError } from './config/config-error.ts';
import { nearMiss } from './config/near-miss.ts';
import { readVersion } from './paths.ts';

const commands: Readonly<Record<string, (argv: readonly string[]) => Promise<void>>> = {
  serve: async (argv) => (await import('./cli/serve.ts')).serve(argv),
  doctor: async (argv) => (await import('./cli/doctor.ts')).doctor(argv),
  keys: async (argv) => (await import('./cli/keys.ts')).keys(argv),
  usage: async (argv) => (await import('./cli/usage.ts')).usage(argv),
  emulator: async (argv) => {
    const { runEmulatorCli } = await import('@streambed/bedrock-emulator');
    const { loadDemoDocs } = await import('./demo-docs.ts');
    process.exitCode = await runEmulatorCli(argv, { docs: loadDemoDocs });
  },
};

/** Runs what the command line asks for. A mistake in it is one line on standard error, and exit code 1. */
async function main(argv: readonly string[]): Promise<void> {
  const [first = ''] = argv;
  const hasCommand = first !== '' && !first.startsWith('-');
  const name = hasCommand ? first : 'serve';
  const rest = hasCommand ? argv.slice(1) : argv;
  const asksHelp = rest.includes('--help') || rest.includes('-h') || name === 'help';
  // The emulator explains its own flags.
  if (asksHelp && name !== 'emulator') return void process.stdout.write(helpText());
  if (rest.includes('--version') || rest.includes('-v'))
    return void process.stdout.write(`${readVersion()}\n`);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const near = nearMiss(name, Object.keys(commands));
    const hint = near === undefined ? '--help lists those there are' : `did you mean ${near}?`;
    throw new ConfigError(`there is no command ${name}; ${hint}`);
  }
  await command(rest);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const text =
    error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`streambed: ${text}\n`);
  // Something may have been started before it failed; nothing of it should hold the process.
  process.exit(1);
});
