import { createHash } from 'node:crypto';
import type { Bulk } from '@streambed/bedrock';

/** Tells whether two requests are the same one: equal for equal JSON, whatever the order of its fields. */
export function requestDigest(request: object, bulk?: Pick<Bulk, 'named'>): string {
  const text = JSON.stringify(request, sortFields);
  return createHash('sha256')
    .update(bulk?.named(text) ?? text)
    .digest('base64url');
}

/** A `JSON.stringify` replacer: fields in the order of their names. */
export function sortFields(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields);
}
