import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const program = `
  const { DatabaseSync } = require('node:sqlite');
  const file = new DatabaseSync(process.argv[1]);
  file.exec('begin immediate');
  process.stdout.write('held');
  process.stdin.on('end', () => { file.exec('rollback'); file.close(); }).resume();
`;

/** Another program that holds the database of a data folder locked, until it is disposed of. */
export async function lockDatabase(
  dataDir: string,
  within: readonly string[] = [],
): Promise<AsyncDisposable> {
  const [command = process.execPath, ...before] = [...within, process.execPath];
  const other = spawn(command, [...before, '--eval', program, join(dataDir, 'streambed.db')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(other, 'exit');
  const [held] = await Promise.race([once(other.stdout, 'data'), ended]);
  if (String(held) !== 'held') throw new Error(`the other program ended with ${held}`);
  return {
    async [Symbol.asyncDispose]() {
      other.stdin.end();
      await ended;
    },
  };
}
