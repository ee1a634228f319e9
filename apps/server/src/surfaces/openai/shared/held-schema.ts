/** A JSON Schema, as far as it is looked into here. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * A schema as a model on Bedrock can be held to it. OpenAI takes more of JSON Schema than Bedrock's structured outputs
 * do: objects must say `additionalProperties: false`, and bounds (`minimum`, `maxLength`, `pattern`, …) are a 400. What
 * can't be enforced stays in the description, for the model to read, as Anthropic's own SDKs do it
 * (`lib/transform-json-schema` of `@anthropic-ai/sdk`). What the caller checks afterwards is checked against its own.
 */
export function heldSchema(schema: JsonSchema): JsonSchema {
  const held: Record<string, unknown> = {};
  const told: string[] = [];
  for (const [word, value] of Object.entries(schema)) {
    if (value === undefined || word === '$schema' || word === 'description') continue;
    const kept = holds(word, value, schema);
    if (kept === undefined) told.push(`${word}: ${JSON.stringify(value)}`);
    else held[kept.word ?? word] = kept.value;
  }
  if (isObjectSchema(schema)) held.additionalProperties = false;
  const description = [schema.description, told.length > 0 ? `{${told.join(', ')}}` : undefined]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('\n\n');
  return { ...held, ...(description !== '' && { description }) };
}

/** What becomes of one word of a schema; undefined: it can't be enforced. */
function holds(
  word: string,
  value: unknown,
  { type }: JsonSchema,
): { readonly word?: string; readonly value: unknown } | undefined {
  switch (word) {
    case 'type':
    case 'title':
    case 'enum':
    case 'const':
    case 'default':
    case 'required':
    case '$ref':
      return { value };
    case 'properties':
    case '$defs':
    case 'definitions':
      return { value: eachIn(value) };
    case 'items':
      return { value: inner(value) };
    case 'anyOf':
    case 'allOf':
      return { value: list(value) };
    case 'oneOf':
      return { word: 'anyOf', value: list(value) };
    // Always false, whatever it says: set by heldSchema.
    case 'additionalProperties':
      return isFields(value) && Object.keys(value).length > 0 ? undefined : { value: false };
    case 'format':
      return typeof value === 'string' && type === 'string' && formats.has(value) ? { value } : undefined;
    case 'minItems':
      return value === 0 || value === 1 ? { value } : undefined;
    default:
      return undefined;
  }
}

const formats = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
]);

function isObjectSchema({ type, properties }: JsonSchema): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || properties !== undefined;
}

function inner(value: unknown): unknown {
  return isFields(value) ? heldSchema(value) : value;
}

function list(value: unknown): unknown {
  return Array.isArray(value) ? value.map(inner) : value;
}

function eachIn(value: unknown): unknown {
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, inner(schema)]));
}

function isFields(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
