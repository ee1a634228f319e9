import { createServer } from 'node:net';
import { type Check, createBedrock } from '@streambed/bedrock';
import { type Config, ConfigError, readConfig } from '../config.ts';
import { readVersion } from '../paths.ts';
import { decideUpstream, openUpstream } from '../upstream.ts';

const oldestNode = 24;

/** Prints what stands in the way of serving, each line with what mends it. The exit code is 1 if anything does. */
export async function doctor(argv: readonly string[]): Promise<void> {
  let wrong = 0;
  for await (const check of checks(argv)) {
    if (!check.ok) wrong += 1;
    const remedy = check.remedy === undefined ? '' : `\n    ${check.remedy}`;
    process.stdout.write(`${check.ok ? '✓' : '✗'} ${check.name}: ${check.message}${remedy}\n`);
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}

async function* checks(argv: readonly string[]): AsyncGenerator<Check> {
  yield { name: 'streambed', ok: true, message: readVersion() };
  yield checkNode();
  let config: Config;
  try {
    config = readConfig({ argv });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield {
      name: 'configuration',
      ok: false,
      message: error.message,
      remedy: 'Correct it, then run this again.',
    };
    return;
  }
  yield { name: 'configuration', ok: true, message: 'can be read' };
  yield await checkPort(config);
  yield* checkUpstream(config);
}

function checkNode(): Check {
  const { version } = process;
  const ok = Number.parseInt(version.slice(1), 10) >= oldestNode;
  const remedy = `Install Node ${oldestNode} or later, or start by npm start, which brings its own.`;
  return { name: 'node', ok, message: version, ...(!ok && { remedy }) };
}

/** Whether the port can be had: it is taken for a moment and given back. */
async function checkPort({ listen: { host, port } }: Config): Promise<Check> {
  const probe = createServer();
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  probe.listen(port, host, () => probe.close(() => resolve(undefined)));
  const code = await promise;
  const name = 'port';
  if (code === undefined) return { name, ok: true, message: `${port} on ${host} is free` };
  const message = code === 'EADDRINUSE' ? `${port} on ${host} is in use` : `${port} on ${host}: ${code}`;
  return { name, ok: false, message, remedy: 'Stop the program that has it, or choose another with --port.' };
}

async function* checkUpstream(config: Config): AsyncGenerator<Check> {
  const decision = await decideUpstream(config.upstream);
  if (decision.kind === 'emulator') {
    yield { name: 'upstream', ok: true, message: 'the embedded emulator' };
    if (decision.asked) return;
    yield {
      name: 'credentials',
      ok: false,
      message: 'no AWS credentials were found, so answers are made up',
      remedy:
        'For real answers run `aws configure` or `aws sso login`, set AWS_PROFILE, or set AWS_BEARER_TOKEN_BEDROCK. If the emulator is what you want, say --upstream emulator.',
    };
    return;
  }
  try {
    const upstream = await openUpstream(config.upstream, config.listen);
    yield { name: 'upstream', ok: true, message: upstream.says };
    const bedrock = createBedrock(upstream.options);
    yield* bedrock.diagnose();
    await bedrock.close();
    await upstream.close();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    yield { name: 'upstream', ok: false, message, remedy: 'Correct it, then run this again.' };
  }
}
