import { tmpdir } from 'node:os';
import { readConfig } from '../../apps/server/src/config.ts';
import { startServer } from '../../apps/server/src/server.ts';
import { serveContestant } from '../child.ts';

/** Our server as it is: guard, stream log, limits, logging and all. */
await serveContestant(async (endpoint) => {
  const { url } = await startServer(
    readConfig({
      argv: ['--port', '0', '--upstream', 'bedrock', '--region', 'us-east-1'],
      env: { ...process.env, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: endpoint },
      cwd: tmpdir(),
    }),
  );
  return url;
});
