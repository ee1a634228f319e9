import { z } from 'zod';
import { cacheControlSchema, contentBlockSchema, type SystemBlock, systemBlockSchema } from './blocks.ts';
import { schemaNames } from './json-schema-names.ts';
import type { Message } from './message.ts';
import { tagged } from './tagged.ts';

export const messageSchema = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(contentBlockSchema)]),
});

const tool = z.looseObject({
  name: z.string().min(1).max(128),
  /** Absent or `custom`: ours. Otherwise one that the model knows (`bash_20250124`), or `streambed:system_tool`. */
  type: z.string().nullish(),
  description: z.string().optional(),
  input_schema: z.looseObject({}).optional(),
  /** The arguments are held to the schema. */
  strict: z.boolean().optional(),
  cache_control: cacheControlSchema.nullish(),
});

const toolChoice = z
  .looseObject({
    type: z.enum(['auto', 'any', 'tool', 'none']),
    /** The tool to call, when `type` is `tool`. */
    name: z.string().optional(),
    disable_parallel_tool_use: z.boolean().optional(),
  })
  .refine((choice) => choice.type !== 'tool' || choice.name !== undefined, {
    path: ['name'],
    message: 'expected the name of a tool',
  });

const display = z.string().optional();

/** Whether and how the model thinks first. */
const thinking = tagged('Thinking', {
  enabled: z.looseObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1).optional(), display }),
  adaptive: z.looseObject({ type: z.literal('adaptive'), display }),
  disabled: z.looseObject({ type: z.literal('disabled') }),
});

const jsonSchemaFormat = z.looseObject({
  type: z.literal('json_schema'),
  schema: z.looseObject({}),
  /** Bedrock's Converse has a name and a description for the schema. */
  name: z.string().optional(),
  description: z.string().optional(),
});

const outputConfig = z.looseObject({
  /** `low`, `medium`, `high`, `xhigh`, `max`: which of them, the model decides. */
  effort: z.string().nullish(),
  /** The answer is JSON of this schema. */
  format: tagged('OutputFormat', { json_schema: jsonSchemaFormat }).nullish(),
});

const guardrail = z.looseObject({
  /** Id or ARN. */
  id: z.string().min(1),
  /** A number, or `DRAFT`. */
  version: z.string().min(1),
  trace: z.enum(['enabled', 'disabled', 'enabled_full']).optional(),
  /** Whether a stream waits for the guardrail (`sync`) or runs ahead of it (`async`). */
  stream_processing_mode: z.enum(['sync', 'async']).optional(),
});

/** What only Bedrock has, on a request. */
export const bedrockRequestSchema = z.looseObject({
  /** `converse`: call the model by Converse, also where a native body is the default. */
  api: z.enum(['invoke', 'converse']).optional(),
  guardrail: guardrail.optional(),
  /** `standard`, `optimized` */
  latency: z.string().optional(),
  /** `default`, `priority`, `flex`, `reserved` */
  service_tier: z.string().optional(),
  /** How hard to think, for callers that don't know in which words this model is asked to. Anyone who does says `thinking`. */
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).optional(),
  /** Goes to the account's invocation log: at most 16 strings. */
  request_metadata: z.record(z.string(), z.string()).optional(),
  /** The variables of a prompt that is called by its ARN. */
  prompt_variables: z.record(z.string(), z.string()).optional(),
  /** Fields of the model's own, sent as they are (`additionalModelRequestFields`). */
  additional_request_fields: z.looseObject({}).optional(),
  /** JSON Pointers into the model's own answer (`additionalModelResponseFieldPaths`), at most 10. */
  additional_response_field_paths: z.array(z.string()).max(10).optional(),
});

/** A Messages request: what every surface is translated to, and every family from. */
export const messagesRequestSchema = z.looseObject({
  /** An alias, an Anthropic API name, a Bedrock id, an inference profile or an ARN. */
  model: z.string().min(1).max(2048),
  /** Absent: the alias's own, else the default of the surface. */
  max_tokens: z.int().min(1).optional(),
  messages: z.array(messageSchema).min(1),
  system: z.union([z.string(), z.array(systemBlockSchema)]).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  thinking: thinking.optional(),
  output_config: outputConfig.optional(),
  metadata: z.looseObject({}).optional(),
  /** Beta names, Bedrock's own place for them (a body array, not a header). */
  anthropic_beta: z.array(z.string()).optional(),
  /** What only Bedrock has. */
  bedrock: bedrockRequestSchema.optional(),
});

schemaNames.add(messageSchema, { id: 'Message' });
schemaNames.add(tool, { id: 'Tool' });
schemaNames.add(bedrockRequestSchema, { id: 'BedrockRequest' });
schemaNames.add(messagesRequestSchema, { id: 'MessagesRequest' });

export type Tool = z.infer<typeof tool>;
export type ToolChoice = z.infer<typeof toolChoice>;
export type Thinking = z.infer<typeof thinking>;
export type OutputConfig = z.infer<typeof outputConfig>;
export type JsonSchemaFormat = z.infer<typeof jsonSchemaFormat>;
export type BedrockRequest = z.infer<typeof bedrockRequestSchema>;
/** The named fields of a loose object: `Omit` and `Pick` would lose them to its index signature. */
type Named<T> = { [Field in keyof T as string extends Field ? never : Field]: T[Field] };
/** Whatever else a caller sends is kept at run time; the type names only what is known. */
export type MessagesRequest = Omit<Named<z.infer<typeof messagesRequestSchema>>, 'messages' | 'system'> & {
  readonly messages: readonly Message[];
  readonly system?: string | readonly SystemBlock[] | undefined;
};
