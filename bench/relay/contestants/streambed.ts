import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../apps/server/src/config.ts';
import { startServer } from '../../../apps/server/src/server.ts';
import { serve } from '../process.ts';

/** Our server as it is: guard, stream log on disk, limits, logging and all. */
const cwd = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
process.on('exit', () => rmSync(cwd, { recursive: true, force: true }));

await serve(async () => {
  const { url } = await startServer(
    readConfig({
      argv: ['--port', '0', '--upstream', 'bedrock', '--region', 'us-east-1'],
      env: {
        ...process.env,
        AWS_ENDPOINT_URL_BEDROCK_RUNTIME: process.env.BENCH_ENDPOINT,
        ...(process.env.NODE_EXTRA_CA_CERTS && { AWS_CA_BUNDLE: process.env.NODE_EXTRA_CA_CERTS }),
        STREAMBED_MAX_CONNECTIONS: '20000',
        STREAMBED_MAX_GENERATIONS: '4000',
      },
      cwd,
    }),
  );
  return url;
});
