import { type Config, ConfigError } from './config.ts';

/** How a browser on this machine writes the address. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Why the server can't listen where it was told to, and what to do. */
export function cannotListen(error: unknown, { listen: { host, port } }: Config): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const why: Record<string, string> = {
    EADDRINUSE: `port ${port} on ${host} is in use: stop the program that has it, or choose another with --port`,
    EACCES: `port ${port} on ${host} may not be used by this user: choose one above 1023 with --port`,
    EADDRNOTAVAIL: `${host} is no address of this machine: choose another with --host`,
    ENOTFOUND: `${host} is no name of this machine: choose another with --host`,
  };
  return new ConfigError(why[code ?? ''] ?? `cannot listen on ${host}:${port}: ${message}`);
}
