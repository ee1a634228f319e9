import { type SchemaName, schemaNames } from '@streambed/protocol';
import { generationOrderSchema } from '@streambed/protocol/frames';
import { z } from 'zod';
import { toNewKey } from '../access/terms.ts';
import { messagesBodySchema } from '../surfaces/anthropic/to-request.ts';
import { chatMessageSchema, chatRequestSchema } from '../surfaces/openai/chat/chat-request.ts';
import { embeddingRequestSchema } from '../surfaces/openai/embeddings/embedding-request.ts';
import { responseParams } from '../surfaces/openai/responses/params.ts';
import { type ErrorShape, type JsonSchema, object, string } from './operation.ts';

/** Where named schemas stand in the document. */
const place = '#/components/schemas/';

const named: readonly (readonly [z.ZodType, string])[] = [
  [messagesBodySchema, 'AnthropicRequest'],
  [chatMessageSchema, 'ChatMessage'],
  [chatRequestSchema, 'ChatRequest'],
  [responseParams, 'ResponseRequest'],
  [embeddingRequestSchema, 'EmbeddingRequest'],
  [generationOrderSchema, 'GenerationOrder'],
  [toNewKey, 'NewKey'],
];
for (const [schema, id] of named) schemaNames.add(schema, { id });

/** What goes wrong, in the words of each ecosystem. */
const errorSchemas: Readonly<Record<ErrorShape, JsonSchema>> = {
  StreambedError: object({
    error: object({ type: string, code: string, message: string, retryable: { type: 'boolean' } }),
  }),
  AnthropicError: object({
    type: { const: 'error' },
    error: object({ type: string, message: string }),
    request_id: string,
  }),
  OpenAiError: object({
    error: object({
      message: string,
      type: string,
      param: { type: ['string', 'null'] },
      code: { type: ['string', 'null'] },
      streambed_code: string,
    }),
  }),
  AwsError: object({ message: string }),
};

/** Every schema that has a name, as JSON Schema: what the request bodies are read by, and the errors. */
export function componentSchemas(): Readonly<Record<string, JsonSchema>> {
  const { schemas } = z.toJSONSchema(schemaNames, {
    io: 'input',
    uri: (id) => `${place}${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      const kinds = schemaNames.get(zodSchema as unknown as z.ZodType)?.kinds;
      if (kinds !== undefined) Object.assign(jsonSchema, toldApart(kinds));
    },
  });
  return {
    ...Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)])),
    ...errorSchemas,
  };
}

/** The schema of a body: by its name where it has one. */
export function bodySchema(schema: z.ZodType | undefined): JsonSchema {
  if (schema === undefined) return { type: 'object' };
  const id = schemaNames.get(schema)?.id;
  return id === undefined ? bare(z.toJSONSchema(schema, { io: 'input' })) : reference(id);
}

export function reference(id: string): JsonSchema {
  return { $ref: `${place}${id}` };
}

/** What `tagged` checks by its kinds, in words of JSON Schema: a kind that isn't known needs only its `type`. */
function toldApart(kinds: NonNullable<SchemaName['kinds']>): JsonSchema {
  const unknown = {
    type: 'object',
    properties: { type: { type: 'string', not: { enum: Object.keys(kinds) } } },
  };
  return { anyOf: [...Object.values(kinds).map(reference), { ...unknown, required: ['type'] }] };
}

/** Without what only a schema that stands alone needs. */
function bare({ $schema: _schema, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
