import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

/** Another program that holds the database of a data folder locked, until it is disposed of. */
export async function lockDatabase(dataDir: string): Promise<AsyncDisposable> {
  const other = new Worker(
    `const { DatabaseSync } = require('node:sqlite');
     const { parentPort, workerData } = require('node:worker_threads');
     const file = new DatabaseSync(workerData);
     file.exec('begin immediate');
     parentPort.postMessage('held');
     parentPort.once('message', () => { file.exec('rollback'); file.close(); parentPort.postMessage('free'); });`,
    { eval: true, workerData: join(dataDir, 'streambed.db') },
  );
  await once(other, 'message');
  return {
    async [Symbol.asyncDispose]() {
      other.postMessage('let go');
      await once(other, 'message');
      await other.terminate();
    },
  };
}
