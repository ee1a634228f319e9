import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { canPin, type Program } from './process.ts';

/** Programs of others, measured from outside: Linux says what a process has used. */

const portkeyVersion = '1.15.2';

/**
 * Portkey's gateway from npm, put into a folder of its own the first time: it isn't a dependency, for its install script
 * would be one of every clone. Undefined where it can't be had.
 */
export async function startPortkey(
  env: Readonly<Record<string, string>>,
  core: number,
): Promise<Program | undefined> {
  if (process.platform !== 'linux') return undefined;
  const folder = fileURLToPath(new URL('../../node_modules/.cache/streambed-bench', import.meta.url));
  const entry = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(entry)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
    const args = [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      `@portkey-ai/gateway@${portkeyVersion}`,
    ];
    try {
      await promisify(execFile)('npm', args, { cwd: folder, timeout: 120_000 });
    } catch {
      return undefined;
    }
  }
  const port = await freePort();
  return startOutside(process.execPath, [entry, `--port=${port}`, '--headless'], port, env, core);
}

/** nginx as a plain HTTP proxy, where it is installed. */
export async function startNginx(
  endpoint: string,
  ca: string | undefined,
  core: number,
): Promise<Program | undefined> {
  if (process.platform !== 'linux') return undefined;
  const program = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((path) =>
    existsSync(path),
  );
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'streambed-bench-nginx-'));
  const port = await freePort();
  const { host, protocol } = new URL(endpoint);
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 8192; }
http {
  access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};
  fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream bedrock { server ${host}; keepalive 512; }
  server {
    listen 127.0.0.1:${port}; keepalive_requests 1000000;
    location / {
      proxy_pass ${protocol}//bedrock; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host ${host};
      proxy_buffering off; ${ca === undefined ? '' : `proxy_ssl_verify on; proxy_ssl_trusted_certificate ${ca}; proxy_ssl_name localhost;`}
    }
  }
}
`,
  );
  const started = await startOutside(
    program,
    ['-c', join(folder, 'nginx.conf'), '-p', folder],
    port,
    {},
    core,
  );
  return {
    ...started,
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startOutside(
  command: string,
  args: readonly string[],
  port: number,
  env: Readonly<Record<string, string>>,
  core: number,
): Promise<Program> {
  const pinned = canPin
    ? (['taskset', ['-c', String(core), command, ...args]] as const)
    : ([command, args] as const);
  const child = spawn(pinned[0], pinned[1], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const pid = child.pid ?? 0;
  await untilOpen(port);
  const unknown = async () => Number.NaN;
  return {
    url: `http://127.0.0.1:${port}`,
    pid,
    cpuUs: async () => family(pid).reduce((sum, one) => sum + usedUs(one), 0),
    memory: async () => family(pid).reduce((sum, one) => sum + residentBytes(one), 0),
    stallMs: unknown,
    do: unknown as Program['do'],
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** A process and its children. */
function family(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  return [pid, ...children.flatMap((child) => family(Number(child)))];
}

/** Time on a processor of all its threads, in microseconds; the kernel counts it in nanoseconds. */
function usedUs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => {
    const [used = '0'] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ');
    return sum + Number(used) / 1000;
  }, 0);
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Asks every 50 ms whether it listens, for twenty seconds. */
async function untilOpen(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}
