import { createHash } from 'node:crypto';
import type { MessagesRequest } from '@streambed/protocol';

/** Tells whether two requests are the same one: equal for equal JSON, whatever the order of its fields. */
export function requestDigest(request: MessagesRequest): string {
  return createHash('sha256').update(JSON.stringify(request, sortFields)).digest('base64url');
}

function sortFields(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields);
}
