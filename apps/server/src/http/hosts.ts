import { isIP } from 'node:net';

/** Whether a host name, without its port, is this machine: 127.0.0.0/8, localhost, ::1 (bare or in brackets). */
export function isLoopbackHost(name: string): boolean {
  const bare = name.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'));
}

/** Whether a host name is an IP address: no DNS name, so nobody can have rebound it. */
export function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
