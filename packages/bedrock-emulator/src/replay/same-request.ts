import { isFields } from '../bodies/problems.ts';

/**
 * What two requests share that mean the same: method, path (escaped or not), query in any order, and the JSON of the
 * body with its keys in any order.
 */
export function requestKey(method: string, target: string, body: Buffer | string): string {
  return `${method.toUpperCase()} ${targetKey(target)}\n${bodyKey(body)}`;
}

/** Without the body: what an unmatched request is compared with. */
export function targetKey(target: string): string {
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : target.slice(mark + 1));
  query.sort();
  const text = query.toString();
  return text === '' ? decode(path) : `${decode(path)}?${text}`;
}

function bodyKey(body: Buffer | string): string {
  const text = body.toString('utf8').trim();
  if (text === '') return '';
  try {
    return JSON.stringify(sorted(JSON.parse(text)));
  } catch {
    return typeof body === 'string' ? body : body.toString('base64');
  }
}

/** The same value with its keys in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
