import { type AwsError, validationError } from '../errors.ts';
import { type Fields, isFields } from './problems.ts';

/** Where something stands: `['messages', 0, 'content', 1, 'image']`. */
export type Place = readonly (string | number)[];

/**
 * What AWS checks against its service model before it looks at anything else. All violations come in one text (reported):
 * `2 validation errors detected: Value '' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint:
 * Member must have length greater than or equal to 1; Value …`.
 */
export class Constraints {
  readonly #found: string[] = [];

  /** `value` is told where it is short and no text of a conversation: reports show none of `messages`. */
  broken(place: Place, constraint: string, value?: string | number): void {
    const told = value === undefined ? 'Value' : `Value '${value}'`;
    this.#found.push(
      `${told} at '${memberPath(place)}' failed to satisfy constraint: Member must ${constraint}`,
    );
  }

  throwIfAny(): void {
    const count = this.#found.length;
    if (count === 0) return;
    throw validationError(
      `${count} validation error${count === 1 ? '' : 's'} detected: ${this.#found.join('; ')}`,
    );
  }

  // What the checks below share: each returns the value when it has the right type.

  text(place: Place, value: unknown, limits: TextLimits = {}): string | undefined {
    if (value === undefined || value === null) {
      if (limits.optional !== true) this.broken(place, 'not be null');
      return undefined;
    }
    if (typeof value !== 'string') throw wrongFormat(place, 'string');
    const told = place[0] === 'messages' ? undefined : value.slice(0, 128);
    const { pattern, min = 0, max = Number.POSITIVE_INFINITY } = limits;
    if (value.length > max) this.broken(place, `have length less than or equal to ${max}`, told);
    if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 'u').test(value))
      this.broken(place, `satisfy regular expression pattern: ${pattern}`, told);
    if (value.length < min) this.broken(place, `have length greater than or equal to ${min}`, told);
    return value;
  }

  oneOf<T extends string>(place: Place, value: unknown, allowed: readonly T[]): T | undefined {
    const text = this.text(place, value);
    if (text === undefined) return undefined;
    const found = allowed.find((one) => one === text);
    if (found === undefined)
      this.broken(
        place,
        `satisfy enum value set: [${allowed.join(', ')}]`,
        place[0] === 'messages' ? undefined : text,
      );
    return found;
  }

  number(place: Place, value: unknown, low: number, high = Number.POSITIVE_INFINITY): number | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'number') throw wrongFormat(place, 'number');
    if (value < low) this.broken(place, `have value greater than or equal to ${low}`, value);
    if (value > high) this.broken(place, `have value less than or equal to ${high}`, value);
    return value;
  }

  /** A list; an absent one is empty. */
  list(place: Place, value: unknown, min = 0, max = Number.POSITIVE_INFINITY): readonly unknown[] {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw wrongFormat(place, 'array');
    if (value.length < min) this.broken(place, `have length greater than or equal to ${min}`);
    if (value.length > max) this.broken(place, `have length less than or equal to ${max}`);
    return value;
  }
}

interface TextLimits {
  readonly optional?: boolean;
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

/** The members of a structure; `undefined` when it is absent. Keys it doesn't have are refused. */
export function structure(place: Place, value: unknown, keys: readonly string[]): Fields | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isFields(value)) throw wrongFormat(place, 'object');
  // No source shows what AWS says to a key Converse doesn't have: these are its words for one in a native body.
  for (const key of Object.keys(value))
    if (!keys.includes(key))
      throw validationError(
        `Malformed input request: #${place.map((part) => `/${part}`).join('')}: extraneous key [${key}] is not permitted, please reformat your input and try again.`,
      );
  return value;
}

/** The one key of a union and its value. `name` is the service model's name of it. */
export function union(
  place: Place,
  value: unknown,
  name: string,
  keys: readonly string[],
): readonly [string, unknown] {
  const members = structure(place, value, keys);
  const set = Object.entries(members ?? {}).filter(([, member]) => member !== null && member !== undefined);
  const [first] = set;
  // No source has the exact words; the form is the one of the texts about a ContentBlock.
  if (first === undefined || set.length > 1)
    throw validationError(
      `The ${name} object at ${place.join('.')} must set one of the following keys: ${keys.join(', ')}.`,
    );
  return first;
}

/** The words are reported for an object; for other types they are taken over. */
export function wrongFormat(place: Place, expected: string): AwsError {
  return validationError(
    `The format of the value at ${place.join('.')} is invalid. Provide a json ${expected} for the field and try again.`,
  );
}

/** AWS counts members of lists from 1. */
function memberPath(place: Place): string {
  return place.map((part) => (typeof part === 'number' ? `${part + 1}.member` : part)).join('.');
}
