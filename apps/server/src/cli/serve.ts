import { constants } from 'node:os';
import { readConfig } from '../config.ts';
import { readVersion } from '../paths.ts';
import { type RunningServer, startServer } from '../server.ts';
import { Faults } from './faults.ts';

/** Serves until a signal: the first lets running answers end, the second ends everything at once. */
export async function serve(argv: readonly string[]): Promise<void> {
  const config = readConfig({ argv });
  const server = await startServer(config);
  keepAlive(server);
  stopOnSignals(server);
  const lines = [
    `Streambed ${readVersion()} on ${server.url}`,
    `  upstream  ${server.upstream.says}`,
    `  data      ${server.data}`,
    `  keys      ${server.access}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** A fault in one request must not end everybody's: from here on the process lives, unless there is no end of them. */
function keepAlive(server: RunningServer): void {
  // A pipe that was closed must not fail the writing of that very failure, for ever.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const write = (line: string) => void process.stderr.write(`${line}\n`);
  const giveUp = () => {
    write('streambed: too many faults in a minute. Running answers may end, then the process does.');
    const end = () => process.exit(1);
    server.stop().then(end, end);
  };
  const faults = new Faults({ write, giveUp });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (fault: unknown) => faults.take(event, fault));
  }
}

function stopOnSignals(server: RunningServer): void {
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(128 + constants.signals[signal]);
      stopping = true;
      process.stdout.write('Stopping: running answers may end. Once more to stop at once.\n');
      server.stop().then(
        () => process.exit(0),
        (fault: unknown) => {
          process.stderr.write(`streambed: stopping failed: ${String(fault)}\n`);
          process.exit(1);
        },
      );
    });
  }
}
