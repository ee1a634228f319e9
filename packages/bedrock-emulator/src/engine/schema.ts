import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../turn.ts';

const mostRefs = 20;

/** A schema with its local `$ref` followed; what lies elsewhere is nothing. */
export function resolved(schema: Json | undefined, root: Json | undefined): Json | undefined {
  let found = schema;
  for (let hops = 0; isObject(found) && typeof found.$ref === 'string'; hops++) {
    if (!found.$ref.startsWith('#') || hops > mostRefs) return undefined;
    const path = found.$ref.slice(1).split('/').slice(1);
    found = path.reduce<Json | undefined>((at, step) => {
      const key = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      if (isList(at)) return at[Number(key)];
      return isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    }, root);
  }
  return found;
}

/** Whether a value is valid for a schema. Words it doesn't know (`not`, `if`, …) are as if they weren't there. */
export function isValid(given: Json | undefined, value: Json, root: Json | undefined = given): boolean {
  if (given === false) return false;
  const schema = resolved(given, root);
  if (!isObject(schema)) return isObject(given) ? given.$ref === undefined : true;
  const valid = (inner: Json | undefined, item: Json) => isValid(inner, item, root);
  const { allOf, anyOf, oneOf, type } = schema;
  if (schema.const !== undefined && !isDeepStrictEqual(schema.const, value)) return false;
  if (isList(schema.enum) && !schema.enum.some((one) => isDeepStrictEqual(one, value))) return false;
  if (isList(allOf) && !allOf.every((one) => valid(one, value))) return false;
  if (isList(anyOf) && !anyOf.some((one) => valid(one, value))) return false;
  if (isList(oneOf) && oneOf.filter((one) => valid(one, value)).length !== 1) return false;
  const types = isList(type) ? type : type === undefined ? [] : [type];
  if (types.length > 0 && !types.some((one) => isOfType(value, one))) return false;
  if (typeof value === 'number') return validNumber(schema, value);
  if (typeof value === 'string') return validText(schema, value);
  if (isList(value)) return validList(schema, value, valid);
  return isObject(value) ? validObject(schema, value, valid) : true;
}

type Valid = (schema: Json | undefined, value: Json) => boolean;

function isOfType(value: Json, type: Json): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return isList(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}

function validNumber(schema: JsonObject, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (typeof minimum === 'number' && value < minimum) return false;
  if (typeof maximum === 'number' && value > maximum) return false;
  if (typeof exclusiveMinimum === 'number' && value <= exclusiveMinimum) return false;
  if (typeof exclusiveMaximum === 'number' && value >= exclusiveMaximum) return false;
  if (typeof multipleOf !== 'number' || multipleOf <= 0) return true;
  const times = value / multipleOf;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

function validText(schema: JsonObject, value: string): boolean {
  const length = [...value].length;
  if (typeof schema.minLength === 'number' && length < schema.minLength) return false;
  if (typeof schema.maxLength === 'number' && length > schema.maxLength) return false;
  if (typeof schema.pattern !== 'string') return true;
  try {
    return new RegExp(schema.pattern, 'u').test(value);
  } catch {
    return false;
  }
}

function validList(schema: JsonObject, value: readonly Json[], valid: Valid): boolean {
  if (typeof schema.minItems === 'number' && value.length < schema.minItems) return false;
  if (typeof schema.maxItems === 'number' && value.length > schema.maxItems) return false;
  const texts = value.map((item) => JSON.stringify(item));
  if (schema.uniqueItems === true && new Set(texts).size < texts.length) return false;
  const fixed = isList(schema.prefixItems) ? schema.prefixItems : [];
  return value.every((item, nth) => {
    const inner = nth < fixed.length ? fixed[nth] : schema.items;
    return inner === undefined || valid(inner, item);
  });
}

function validObject(schema: JsonObject, value: JsonObject, valid: Valid): boolean {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = isList(schema.required) ? schema.required : [];
  if (required.some((key) => typeof key === 'string' && !Object.hasOwn(value, key))) return false;
  const keys = Object.keys(value);
  if (typeof schema.minProperties === 'number' && keys.length < schema.minProperties) return false;
  if (typeof schema.maxProperties === 'number' && keys.length > schema.maxProperties) return false;
  return keys.every((key) => {
    const member = value[key] ?? null;
    if (Object.hasOwn(properties, key)) return valid(properties[key], member);
    return schema.additionalProperties === undefined || valid(schema.additionalProperties, member);
  });
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
