import { type ErrorCode, StreambedError } from '@streambed/protocol';

export type Fields = Readonly<Record<string, unknown>>;

/** What reads an object of `unknown` shape field by field, and says where it is wrong. */
export interface Reading {
  /** `value` as an object. */
  fields(value: unknown, at: string): Fields;
  /** `value` as a list; absent is empty. */
  list(value: unknown, at: string): readonly unknown[];
  text(value: unknown, at: string): string;
  number(value: unknown, at: string): number;
  fail(at: string, expected: string): never;
}

/** A {@link Reading} that throws `code` at the first thing that isn't what it should be. */
export function reading(code: ErrorCode, what: string): Reading {
  const fail = (at: string, expected: string): never => {
    const message = at === '' ? `${what}: expected ${expected}` : `${what}: ${at}: expected ${expected}`;
    throw new StreambedError(code, message, { field: at });
  };
  return {
    fail,
    fields: (value, at) => (isFields(value) ? value : fail(at, 'an object')),
    list: (value, at) =>
      value === undefined || value === null ? [] : Array.isArray(value) ? value : fail(at, 'a list'),
    text: (value, at) => (typeof value === 'string' ? value : fail(at, 'a string')),
    number: (value, at) => (typeof value === 'number' ? value : fail(at, 'a number')),
  };
}

/** Whether `value` is an object with named fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value` when it is a string. */
export function textOr<T>(value: unknown, otherwise: T): string | T {
  return typeof value === 'string' ? value : otherwise;
}

/** The one key of an AWS union (`{text: …}`); `undefined` when there is none. */
export function unionKey(value: Fields): string | undefined {
  return Object.keys(value).find((key) => value[key] !== undefined && value[key] !== null);
}
