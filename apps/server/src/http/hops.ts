import type { IncomingHttpHeaders } from 'node:http';
import { hopHeader } from '@streambed/bedrock';

/** More servers than this in a row are a mistake, and what a header may hold is bounded. */
const maxHops = 32;

/** The servers that a request has passed through before this one, as the hop header names them. */
export function hopsOf(headers: IncomingHttpHeaders): readonly string[] {
  const header = headers[hopHeader];
  if (header === undefined) return [];
  return header
    .toString()
    .split(/,\s*/)
    .filter((hop) => /^[\w.-]{1,64}$/.test(hop))
    .slice(-maxHops);
}
