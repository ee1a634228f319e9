import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../apps/server/src/config.ts';
import { startServer } from '../../apps/server/src/server.ts';
import { serveContestant } from '../child.ts';

/** Our server as it is: guard, stream log, limits, logging and all. */
const cwd = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
process.on('exit', () => rmSync(cwd, { recursive: true, force: true }));

await serveContestant(async (endpoint) => {
  const { url } = await startServer(
    readConfig({
      argv: ['--port', '0', '--upstream', 'bedrock', '--region', 'us-east-1'],
      env: { ...process.env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoint },
      cwd,
    }),
  );
  return url;
});
