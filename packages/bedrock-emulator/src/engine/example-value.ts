import { validationError } from '../errors.ts';
import type { Random } from '../random.ts';
import type { Json, JsonObject } from '../turn.ts';
import { isList, isObject, isValid, resolved } from './schema.ts';

const deepest = 12;
const mostItems = 50;

/**
 * A plausible value for a JSON Schema, with what a prompt offers for it: quoted words, names after "in" or "for",
 * numbers. It is valid for the schema: types, enum, const, objects, lists, limits, formats, anyOf, oneOf, allOf and
 * local $ref are understood. Throws a 400 for a schema it finds nothing for.
 */
export function exampleValue(schema: Json | undefined, prompt: string, random: Random): Json {
  const example = new Example(schema, prompt, random);
  const value = example.value(schema, '', 0);
  if (isValid(schema, value, schema)) return value;
  throw validationError(
    "This is Streambed's local Bedrock: it found no answer that is valid for this schema. Give it one with `default` or `enum`, or let a script answer.",
  );
}

/** All required members, and optional ones that the prompt speaks of. Valid for the schema where that can be had. */
export function exampleObject(schema: JsonObject, prompt: string, random: Random): JsonObject {
  const value = new Example(schema, prompt, random).value({ type: 'object', ...schema }, '', 0);
  return isObject(value) ? value : {};
}

class Example {
  readonly #root: Json | undefined;
  readonly #prompt: string;
  readonly #random: Random;

  constructor(root: Json | undefined, prompt: string, random: Random) {
    this.#root = root;
    this.#prompt = prompt;
    this.#random = random;
  }

  value(given: Json | undefined, name: string, depth: number): Json {
    const schema = resolved(given, this.#root);
    if (!isObject(schema) || depth > deepest) return 'example';
    if (schema.const !== undefined) return schema.const;
    if (schema.default !== undefined) return schema.default;
    if (isList(schema.enum)) return this.#named(schema.enum);
    const { anyOf, oneOf, allOf, ...rest } = schema;
    if (isList(allOf)) return this.value(merged([rest, ...allOf], this.#root), name, depth + 1);
    const options = isList(anyOf) ? anyOf : isList(oneOf) ? oneOf : undefined;
    if (options !== undefined) return this.#option(rest, options, name, depth);
    switch (isList(schema.type) ? schema.type[0] : (schema.type ?? guessType(schema))) {
      case 'object':
        return this.#object(schema, depth);
      case 'array':
        return this.#list(schema, name, depth);
      case 'integer':
        return this.#number(schema, true);
      case 'number':
        return this.#number(schema, false);
      case 'boolean':
        return true;
      case 'null':
        return null;
      default:
        return this.#text(schema, name);
    }
  }

  /** The first that comes to something valid. */
  #option(rest: JsonObject, options: readonly Json[], name: string, depth: number): Json {
    const both = options.map((option) => merged([rest, option], this.#root));
    const made = both.map((option) => ({ option, value: this.value(option, name, depth + 1) }));
    const chosen = made.find(({ option, value }) => isValid(option, value, this.#root)) ?? made[0];
    return chosen === undefined ? 'example' : chosen.value;
  }

  #object(schema: JsonObject, depth: number): JsonObject {
    const properties = isObject(schema.properties) ? schema.properties : {};
    const required = isList(schema.required) ? schema.required : Object.keys(properties);
    const value: Record<string, Json> = {};
    for (const [key, member] of Object.entries(properties)) {
      const spoken = this.#prompt.toLowerCase().includes(key.toLowerCase().replaceAll('_', ' '));
      if (required.includes(key) || (spoken && depth < deepest / 2))
        value[key] = this.value(member, key, depth + 1);
    }
    for (const key of required)
      if (typeof key === 'string' && !Object.hasOwn(value, key))
        value[key] = isObject(schema.additionalProperties)
          ? this.value(schema.additionalProperties, key, depth + 1)
          : 'example';
    return value;
  }

  #list(schema: JsonObject, name: string, depth: number): Json {
    const least = typeof schema.minItems === 'number' ? schema.minItems : 1;
    const most = typeof schema.maxItems === 'number' ? schema.maxItems : mostItems;
    const fixed = isList(schema.prefixItems) ? schema.prefixItems : [];
    const length = Math.min(mostItems, most, Math.max(least, fixed.length, Math.min(1, most)));
    const items = Array.from({ length }, (_, nth) => this.value(fixed[nth] ?? schema.items, name, depth + 1));
    if (schema.uniqueItems !== true) return items;
    return items.map((item, nth) => this.#distinct(item, nth, schema.items));
  }

  /** The items of a set must differ. */
  #distinct(item: Json, nth: number, given: Json | undefined): Json {
    const schema = resolved(given, this.#root);
    if (nth === 0) return item;
    if (isObject(schema) && isList(schema.enum)) return schema.enum[nth] ?? item;
    if (typeof item === 'number') return item + nth;
    return typeof item === 'string' ? `${item} ${nth + 1}` : item;
  }

  #number(schema: JsonObject, whole: boolean): number {
    const step = typeof schema.multipleOf === 'number' ? schema.multipleOf : whole ? 1 : 0;
    const gap = step > 0 ? step : 0.5;
    const low = typeof schema.exclusiveMinimum === 'number' ? schema.exclusiveMinimum + gap : schema.minimum;
    const high = typeof schema.exclusiveMaximum === 'number' ? schema.exclusiveMaximum - gap : schema.maximum;
    let value = Number(/-?\d+(\.\d+)?/.exec(this.#prompt)?.[0] ?? 1);
    if (typeof low === 'number') value = Math.max(low, value);
    if (typeof high === 'number') value = Math.min(high, value);
    if (step === 0) return value;
    const down = Math.floor(value / step) * step;
    const fits = typeof low !== 'number' || down >= low;
    return Number((fits ? down : Math.ceil(value / step) * step).toPrecision(15));
  }

  #text(schema: JsonObject, name: string): string {
    const said = this.#offered(schema, name);
    const least = typeof schema.minLength === 'number' ? Math.min(schema.minLength, 10_000) : 0;
    const most = typeof schema.maxLength === 'number' ? schema.maxLength : Number.POSITIVE_INFINITY;
    const fit = (text: string) => [...text.padEnd(least, 'abcdefgh')].slice(0, most).join('');
    if (typeof schema.pattern !== 'string') return fit(said);
    const tries = [said, ...patternTries].map(fit);
    return (
      tries.find((text) => isValid({ type: 'string', pattern: schema.pattern ?? '' }, text)) ?? fit(said)
    );
  }

  #offered(schema: JsonObject, name: string): string {
    const prompt = this.#prompt;
    const formatted = typeof schema.format === 'string' ? formats[schema.format] : undefined;
    if (schema.format === 'email' || /e-?mail/i.test(name))
      return /\S+@\S+\.\w+/.exec(prompt)?.[0] ?? 'someone@example.com';
    if (schema.format === 'uri' || /url/i.test(name))
      return /https?:\/\/\S+/.exec(prompt)?.[0] ?? 'https://example.com';
    if (formatted !== undefined) return formatted;
    // An apostrophe inside a word is no quotation mark.
    const quoted = /(?:["“‘]|(?<!\w)')([^"”'’]{1,200})(?:["”’]|'(?!\w))/.exec(prompt)?.[1];
    if (quoted !== undefined) return quoted;
    const found =
      /\b(?:in|for|of|to|from|about|at|on|named)\s+((?:\p{Lu}[\p{L}'’-]*)(?:[ ,]+\p{Lu}[\p{L}'’-]*)*)/u.exec(
        prompt,
      )?.[1];
    if (found !== undefined) return found;
    if (/^(query|question|search|text|prompt|input|message)$/i.test(name))
      return prompt.trim().slice(0, 200) || 'example';
    return 'example';
  }

  #named(options: readonly Json[]): Json {
    const lower = this.#prompt.toLowerCase();
    const spoken = options.find(
      (option) => typeof option === 'string' && option !== '' && lower.includes(option.toLowerCase()),
    );
    return spoken ?? options[0] ?? this.#random.integer(0, 9);
  }
}

const formats: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T12:00:00Z',
  time: '12:00:00Z',
  duration: 'PT1H',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
};

// What patterns people give to tools mostly want.
const patternTries = [
  'a',
  'A',
  'abc',
  'ABC',
  '1',
  '12',
  '123',
  '1234',
  '12345',
  'a1',
  'A1',
  'AB-123',
  'a-b',
  'a_b',
  '2026-01-31',
  '12:00',
  '+491234567',
  'x@example.com',
  '#a1b2c3',
  '1.0.0',
  '€1.00',
  '$1.00',
  '123-45-6789',
];

/** Schemas that all must hold, as one: later ones win, but properties and requirements add up. */
function merged(schemas: readonly Json[], root: Json | undefined): JsonObject {
  let properties: JsonObject = {};
  let required: readonly Json[] = [];
  let whole: JsonObject = {};
  for (const given of schemas) {
    const schema = resolved(given, root);
    if (!isObject(schema)) continue;
    if (isObject(schema.properties)) properties = { ...properties, ...schema.properties };
    if (isList(schema.required)) required = [...required, ...schema.required];
    whole = { ...whole, ...schema };
  }
  return {
    ...whole,
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
  };
}

function guessType(schema: JsonObject): string {
  if (schema.properties !== undefined || schema.required !== undefined) return 'object';
  if (schema.items !== undefined || schema.prefixItems !== undefined) return 'array';
  return schema.minimum !== undefined || schema.maximum !== undefined ? 'number' : 'string';
}
