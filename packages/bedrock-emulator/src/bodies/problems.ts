import { validationError } from '../errors.ts';

/**
 * How a model words a malformed body.
 *
 * `schema`: all violations in one text, `Malformed input request: #: required key [prompt] not found#: extraneous key
 * [messages] is not permitted, please reformat …` (recorded on Nova, reported on Llama and Claude up to 3.5).
 * `fields`: the first one alone, `context_management: Extra inputs are not permitted`, `max_tokens: Field required`
 * (newer Claude: reported, and recorded through Converse). Where no source has a `fields` text the schema form stands.
 */
export type ProblemStyle = 'schema' | 'fields';

interface Problem {
  readonly schema: string;
  readonly fields?: string;
}

/** Collects what is wrong with a body. Paths are lists of keys: `['messages', 0, 'content']`. */
export class Problems {
  readonly #style: ProblemStyle;
  readonly #found: Problem[] = [];

  constructor(style: ProblemStyle) {
    this.#style = style;
  }

  missing(path: Path, key: string): void {
    this.#found.push({
      schema: `${pointer(path)}: required key [${key}] not found`,
      fields: `${[...path, key].join('.')}: Field required`,
    });
  }

  extra(path: Path, key: string): void {
    this.#found.push({
      schema: `${pointer(path)}: extraneous key [${key}] is not permitted`,
      fields: `${[...path, key].join('.')}: Extra inputs are not permitted`,
    });
  }

  /** `text` is the violation in the schema's words. */
  wrong(path: Path, text: string): void {
    this.#found.push({ schema: `${pointer(path)}: ${text}` });
  }

  /** Throws the 400, when anything was found. */
  throwIfAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    if (this.#style === 'fields' && first.fields !== undefined) throw validationError(first.fields);
    const told = this.#style === 'fields' ? [first] : this.#found;
    throw validationError(
      `Malformed input request: ${told.map(({ schema }) => schema).join('')}, please reformat your input and try again.`,
    );
  }

  // What the checks below share: each returns the value when it is right and notes a problem when it isn't.

  keys(path: Path, value: Fields, required: readonly string[], optional: readonly string[]): void {
    for (const key of required) if (value[key] === undefined) this.missing(path, key);
    for (const key of Object.keys(value))
      if (!required.includes(key) && !optional.includes(key)) this.extra(path, key);
  }

  text(path: Path, value: unknown): string | undefined {
    if (typeof value === 'string') return value;
    return this.#unexpected(path, 'String', value);
  }

  flag(path: Path, value: unknown): boolean | undefined {
    if (typeof value === 'boolean') return value;
    return this.#unexpected(path, 'Boolean', value);
  }

  /** A number between two ends, both allowed. */
  number(path: Path, value: unknown, low: number, high: number): number | undefined {
    if (typeof value !== 'number') return this.#unexpected(path, 'Number', value);
    return this.#range(path, value, low, high);
  }

  integer(path: Path, value: unknown, low: number, high = Number.MAX_SAFE_INTEGER): number | undefined {
    if (typeof value !== 'number' || !Number.isInteger(value))
      return this.#unexpected(path, 'Integer', value);
    return this.#range(path, value, low, high);
  }

  list(path: Path, value: unknown): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value;
    return this.#unexpected(path, 'JSONArray', value);
  }

  fields(path: Path, value: unknown): Fields | undefined {
    if (isFields(value)) return value;
    return this.#unexpected(path, 'JSONObject', value);
  }

  oneOf<T extends string>(path: Path, value: unknown, allowed: readonly T[]): T | undefined {
    const found = allowed.find((one) => one === value);
    if (found === undefined)
      this.wrong(
        path,
        `${typeof value === 'string' ? value : JSON.stringify(value)} is not a valid enum value`,
      );
    return found;
  }

  #range(path: Path, value: number, low: number, high: number): number | undefined {
    if (value < low) this.wrong(path, `${value} is not greater or equal to ${low}`);
    else if (value > high) this.wrong(path, `${value} is not less or equal to ${high}`);
    else return value;
    return undefined;
  }

  #unexpected(path: Path, expected: string, value: unknown): undefined {
    this.wrong(path, `expected type: ${expected}, found: ${typeName(value)}`);
    return undefined;
  }
}

export type Path = readonly (string | number)[];

/** A JSON object nobody has looked into yet. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The body itself, which must be an object. */
export function readObject(body: unknown): Fields {
  if (isFields(body)) return body;
  throw validationError(
    `Malformed input request: #: expected type: JSONObject, found: ${typeName(body)}, please reformat your input and try again.`,
  );
}

function pointer(path: Path): string {
  return path.length === 0 ? '#' : `#/${path.join('/')}`;
}

/** The names of the schema checker behind these texts. */
function typeName(value: unknown): string {
  if (value === null) return 'Null';
  if (Array.isArray(value)) return 'JSONArray';
  switch (typeof value) {
    case 'string':
      return 'String';
    case 'boolean':
      return 'Boolean';
    case 'number':
      return Number.isInteger(value) ? 'Integer' : 'BigDecimal';
    default:
      return 'JSONObject';
  }
}
