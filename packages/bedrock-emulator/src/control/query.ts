import { constraintError } from '../errors.ts';

/** One value of a query that may only be one of a set; `undefined` where it isn't there. */
export function enumValue<T extends string>(
  query: URLSearchParams,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined)
    throw constraintError(value, name, `Member must satisfy enum value set: [${allowed.join(', ')}]`);
  return found;
}

/** A whole number of a query, within bounds. */
export function wholeValue(
  query: URLSearchParams,
  name: string,
  low: number,
  high: number,
): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= low))
    throw constraintError(value, name, `Member must have value greater than or equal to ${low}`);
  if (number > high)
    throw constraintError(value, name, `Member must have value less than or equal to ${high}`);
  return number;
}
