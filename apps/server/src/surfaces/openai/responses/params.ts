import { bedrockRequestSchema } from '@streambed/protocol';
import { z } from 'zod';

const words = z.string().nullish();
const count = z.int().min(1).nullish();
const fields = z.record(z.string(), z.unknown());

/** One item of `input`, read by its `type` where it is translated. Without one it is a message. */
const inputItem = z.looseObject({ type: z.string().nullish() });

const format = z.looseObject({
  type: z.enum(['text', 'json_object', 'json_schema']),
  name: z.string().optional(),
  description: words,
  schema: fields.optional(),
});

const effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

/** The body of `POST /v1/responses`, as `openai` 7.57 types it, as far as something here depends on it. */
export const responseParams = z.looseObject({
  model: z.string().min(1).max(2048),
  input: z.union([z.string(), z.array(inputItem)], 'expected a string or a list of items').optional(),
  instructions: words,
  stream: z.boolean().nullish(),
  background: z.boolean().nullish(),
  store: z.boolean().nullish(),
  previous_response_id: words,
  include: z.array(z.string()).nullish(),
  max_output_tokens: count,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  tools: z.array(z.looseObject({ type: z.string() })).nullish(),
  tool_choice: z
    .union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })], {
      error: 'expected none, auto, required, or an object that names a tool',
    })
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({ format: format.nullish(), verbosity: words }).nullish(),
  reasoning: z.looseObject({ effort: effort.nullish(), summary: words }).nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  service_tier: words,
  top_logprobs: z.int().min(0).max(20).nullish(),
  prompt_cache_key: words,
  user: words,
  safety_identifier: words,
  /** Ours: what only Bedrock has, as in Messages. */
  bedrock: bedrockRequestSchema.optional(),
});

export type ResponseParams = z.infer<typeof responseParams>;

/** Fields that are translated, that say how the answer is given, or that it only gives back. */
const served = new Set([
  ...Object.keys(responseParams.shape),
  'stream_options',
  'max_tool_calls',
  // What Codex says of itself.
  'client_metadata',
]);

/** Fields that ask for something that isn't here; what to do stands behind each. */
export const refused: Readonly<Record<string, string>> = {
  conversation:
    'conversations of the OpenAI API are not kept here. Use previous_response_id, or send all items',
  prompt:
    'prompt templates of the OpenAI platform are not known here. Send the prompt itself as instructions and input',
  moderation:
    'there is no moderation here. Use a Bedrock guardrail, in the configuration of the model’s alias',
};

/** The fields of a body that are left out, by name: known ones that can't be honoured, and all unknown ones. */
export function leftOut(body: ResponseParams): readonly string[] {
  return Object.entries(body).flatMap(([name, value]) =>
    value === undefined || value === null || served.has(name) ? [] : [name],
  );
}
