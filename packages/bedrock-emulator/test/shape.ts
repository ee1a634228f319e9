import type { Json } from './ask.ts';

/** Headers that say nothing of Bedrock, or that recorders drop and add. */
const ignored = new Set(['date', 'connection', 'content-length', 'transfer-encoding', 'x-amzn-requestid']);

/** The names of an answer's headers that Bedrock sends, sorted. */
export function headerNames(headers: Headers): string[] {
  return [...headers.keys()].filter((name) => !ignored.has(name)).sort();
}

/** Every leaf with its type. What tools are given and say has no shape of its own; of lists the first item counts. */
export function pathsOf(value: Json, at = ''): string[] {
  if (/(^|\.)(toolUse\.input|json|modelOutput)$/.test(at)) return [`${at}:free`];
  if (Array.isArray(value)) return value.length === 0 ? [`${at}[]`] : pathsOf(value[0], `${at}[]`);
  if (typeof value !== 'object' || value === null) return [`${at}:${typeof value}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${at}{}`];
  return entries.flatMap(([key, member]) => pathsOf(member as Json, at === '' ? key : `${at}.${key}`)).sort();
}
