import { constants } from 'node:os';
import { readConfig } from '../config.ts';
import { readVersion } from '../paths.ts';
import { type RunningServer, startServer } from '../server.ts';

/** Serves until a signal: the first lets running answers end, the second ends everything at once. */
export async function serve(argv: readonly string[]): Promise<void> {
  const config = readConfig({ argv });
  const server = await startServer(config);
  keepAlive();
  stopOnSignals(server);
  const lines = [
    `Streambed ${readVersion()} on ${server.url}`,
    `  upstream  ${server.upstream.says}`,
    `  data      ${server.data}`,
    ...config.notes.map((note) => `  note      ${note}`),
    `  keys      ${server.access}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** A fault in one request must not end everybody's. From here on it is written down, and the process lives. */
function keepAlive(): void {
  // A pipe that was closed must not fail the writing of that very failure, for ever.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (fault: unknown) => {
      const text = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
      process.stderr.write(
        `${JSON.stringify({ level: 'error', time: new Date(), msg: event, fault: text })}\n`,
      );
    });
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
