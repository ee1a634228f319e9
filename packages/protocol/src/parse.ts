import type { z } from 'zod';
import { StreambedError } from './errors.ts';

/**
 * Reads `value` as `schema` says. Throws `SB_BAD_REQUEST` that names the first field at fault and what was expected.
 * `at` is what the value is called in the message (`request`, a flag's name).
 */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, at = ''): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0] && deepest(result.error.issues[0]);
  const field = fieldPath(at, issue?.path ?? []);
  const what = issue?.message ?? 'is not what was expected';
  throw new StreambedError('SB_BAD_REQUEST', field === '' ? what : `${field}: ${what}`, { field });
}

/** Where and why a value is wrong. */
type Issue = Pick<z.core.$ZodIssue, 'path' | 'message'>;

/** What fits none of several shapes is wrong where it came furthest into one of them. */
function deepest(issue: z.core.$ZodIssue): Issue {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return issue;
  const tries = issue.errors.flatMap(([first]) => (first === undefined ? [] : [deepest(first)]));
  const furthest = Math.max(...tries.map(({ path }) => path.length));
  const best = tries.filter(({ path }) => path.length === furthest);
  return {
    path: [...issue.path, ...(best[0]?.path ?? [])],
    message: [...new Set(best.map(({ message }) => message))].join(', or ') || issue.message,
  };
}

/**
 * Parses JSON text; throws `SB_BAD_JSON` that says where it went wrong, and `SB_BAD_REQUEST` for what is nested deeper
 * than {@link maxJsonDepth}.
 */
export function parseJson(text: string): unknown {
  const value = parsed(text);
  checkDepth(value);
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new StreambedError('SB_BAD_JSON', `This is not valid JSON: ${reason}`);
  }
}

/** So many objects and arrays may stand inside each other: what walks them later needs a stack. */
export const maxJsonDepth = 200;

/** Throws `SB_BAD_REQUEST` for what is nested deeper than that. */
export function checkDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== 'object' || one === null) continue;
      if (depth >= maxJsonDepth) {
        throw new StreambedError('SB_BAD_REQUEST', `This JSON is nested deeper than ${maxJsonDepth} levels.`);
      }
      for (const inner of Array.isArray(one) ? one : Object.values(one)) {
        if (typeof inner === 'object' && inner !== null) next.push(inner);
      }
    }
    level = next;
  }
}

/** Writes a path the way people write it: `request.messages[0].role`. */
function fieldPath(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (written, step) =>
      typeof step === 'number'
        ? `${written}[${step}]`
        : written === ''
          ? String(step)
          : `${written}.${String(step)}`,
    at,
  );
}
