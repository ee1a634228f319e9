import type { Random } from '../random.ts';
import type { Json, JsonObject } from '../turn.ts';

const deepest = 6;

/**
 * A plausible value for a JSON Schema, with what a prompt offers for it: quoted words, names after "in" or "for",
 * numbers. Covers the schemas people give to tools; anything else becomes the schema's own default, or a short text.
 */
export function exampleValue(
  schema: Json | undefined,
  prompt: string,
  random: Random,
  name = '',
  depth = 0,
): Json {
  if (!isObject(schema) || depth > deepest) return 'example';
  if (schema.const !== undefined) return schema.const;
  if (schema.default !== undefined) return schema.default;
  if (isList(schema.enum)) return pickNamed(schema.enum, prompt);
  for (const key of ['anyOf', 'oneOf', 'allOf'] as const) {
    const options = schema[key];
    if (isList(options)) return exampleValue(options[0], prompt, random, name, depth + 1);
  }
  const type = isList(schema.type) ? schema.type[0] : (schema.type ?? guessType(schema));
  switch (type) {
    case 'object':
      return exampleObject(schema, prompt, random, depth);
    case 'array': {
      const least = typeof schema.minItems === 'number' ? Math.min(schema.minItems, 5) : 1;
      return Array.from({ length: Math.max(1, least) }, () =>
        exampleValue(schema.items, prompt, random, name, depth + 1),
      );
    }
    case 'integer':
    case 'number':
      return exampleNumber(schema, prompt, type === 'integer');
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return exampleText(schema, prompt, name);
  }
}

/** All required members, and optional ones that the prompt speaks of. */
export function exampleObject(schema: JsonObject, prompt: string, random: Random, depth = 0): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = isList(schema.required) ? schema.required : Object.keys(properties);
  const value: Record<string, Json> = {};
  for (const [key, member] of Object.entries(properties)) {
    const spoken = prompt.toLowerCase().includes(key.toLowerCase().replaceAll('_', ' '));
    if (required.includes(key) || spoken) value[key] = exampleValue(member, prompt, random, key, depth + 1);
  }
  return value;
}

function exampleNumber(schema: JsonObject, prompt: string, whole: boolean): number {
  const found = /-?\d+(\.\d+)?/.exec(prompt)?.[0];
  let value = found === undefined ? 1 : Number(found);
  if (whole) value = Math.trunc(value);
  if (typeof schema.minimum === 'number') value = Math.max(schema.minimum, value);
  if (typeof schema.maximum === 'number') value = Math.min(schema.maximum, value);
  return value;
}

function exampleText(schema: JsonObject, prompt: string, name: string): string {
  if (schema.format === 'date') return '2026-01-31';
  if (schema.format === 'date-time') return '2026-01-31T12:00:00Z';
  if (schema.format === 'email' || /e-?mail/i.test(name))
    return /\S+@\S+\.\w+/.exec(prompt)?.[0] ?? 'someone@example.com';
  if (schema.format === 'uri' || /url/i.test(name))
    return /https?:\/\/\S+/.exec(prompt)?.[0] ?? 'https://example.com';
  const quoted = /["“'‘]([^"”'’]{1,200})["”'’]/.exec(prompt)?.[1];
  if (quoted !== undefined) return quoted;
  const named =
    /\b(?:in|for|of|to|from|about|at|on)\s+((?:\p{Lu}[\p{L}'’-]*)(?:[ ,]+\p{Lu}[\p{L}'’-]*)*)/u.exec(
      prompt,
    )?.[1];
  if (named !== undefined) return named;
  if (/^(query|question|search|text|prompt|input|message)$/i.test(name))
    return prompt.trim().slice(0, 200) || 'example';
  return 'example';
}

function pickNamed(options: readonly Json[], prompt: string): Json {
  const lower = prompt.toLowerCase();
  return (
    options.find((option) => typeof option === 'string' && lower.includes(option.toLowerCase())) ??
    options[0] ??
    'example'
  );
}

function guessType(schema: JsonObject): string {
  return schema.properties === undefined ? 'string' : 'object';
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
