import type { z } from 'zod';

/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One thing that can be asked of this server over HTTP, for `/openapi.json` and the pages made of it. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** As OpenAPI writes it: `/v1/models/{model}`. */
  readonly path: string;
  /** As the server declares it, where that is a wildcard: `/v1/models/*`. */
  readonly route?: string;
  readonly tag: string;
  /** A line, without a full stop. */
  readonly summary: string;
  readonly query?: readonly Parameter[];
  readonly headers?: readonly Parameter[];
  readonly body?: Body;
  /** The good answers; `errors` says what all others are. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly errors: ErrorShape;
  /** It needs no key, also where there are keys. */
  readonly open?: true;
}

export interface Parameter {
  readonly name: string;
  readonly what: string;
  readonly schema: JsonSchema;
}

export interface Body {
  /** What reads it; absent where it is passed on unread. */
  readonly schema?: z.ZodType;
  /** One that works. */
  readonly example: JsonSchema;
}

export interface Answer {
  readonly what: string;
  /** By media type; absent where there is no body. */
  readonly content?: Readonly<Record<string, JsonSchema>>;
}

/** In whose words what goes wrong is said. */
export type ErrorShape = 'StreambedError' | 'AnthropicError' | 'OpenAiError' | 'AwsError';

/** Any object: what a compatible API answers is documented by whom it is compatible with. */
const anyObject = { type: 'object' } as const;
const text = { type: 'string' } as const;

/** An object of JSON; `schema` where more is known of it. */
export function json(what: string, schema: JsonSchema = anyObject): Answer {
  return { what, content: { 'application/json': schema } };
}

/** Server-Sent Events. */
export function events(what: string): Answer {
  return { what, content: { 'text/event-stream': text } };
}

/** An answer of a model: whole, or as Server-Sent Events where `stream` asks for them. */
export function streamedOrWhole(what: string, schema: JsonSchema = anyObject): Answer {
  return { what, content: { 'application/json': schema, 'text/event-stream': text } };
}

/** An object of which these fields are there. */
export function object(fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties: fields, required: Object.keys(fields) };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

export function oneOf(...values: readonly (string | boolean | number)[]): JsonSchema {
  return { enum: values };
}

export const string = text;
export const number = { type: 'number' } as const;
export const integer = { type: 'integer' } as const;
