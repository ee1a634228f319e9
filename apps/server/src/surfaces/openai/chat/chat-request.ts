import { cacheControlSchema, messagesRequestSchema } from '@streambed/protocol';
import { z } from 'zod';

/*
 * What POST /v1/chat/completions takes, as far as it is translated: OpenAI's own fields and, where the field says so, what
 * gateways before Claude have added. Objects are loose: `fields.ts` has a rule for every other field.
 */

const textPart = z.looseObject({
  type: z.literal('text'),
  text: z.string(),
  /** Anthropic's own word, as gateways before Claude take it. */
  cache_control: cacheControlSchema.nullish(),
});

const imagePart = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({
    /** A data URL. */
    url: z.string(),
    detail: z.string().nullish(),
  }),
  cache_control: cacheControlSchema.nullish(),
});

const audioPart = z.looseObject({
  type: z.literal('input_audio'),
  input_audio: z.looseObject({ data: z.string(), format: z.string().regex(/^[a-z0-9-]{1,16}$/) }),
});

const filePart = z.looseObject({
  type: z.literal('file'),
  file: z.looseObject({
    /** A data URL, or the bare base64 of a PDF. */
    file_data: z.string().nullish(),
    filename: z.string().nullish(),
    file_id: z.string().nullish(),
  }),
  cache_control: cacheControlSchema.nullish(),
});

const refusalPart = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });

const texts = z.union([z.string(), z.array(textPart).min(1)]);
const userPart = z.discriminatedUnion('type', [textPart, imagePart, audioPart, filePart]);
const userContent = z.union([z.string(), z.array(userPart).min(1)]);
const name = z.string().nullish();

const toolCall = z.looseObject({
  id: z.string().min(1),
  type: z.literal('function').nullish(),
  function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
});

const assistantMessage = z.looseObject({
  role: z.literal('assistant'),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, refusalPart]))]).nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
  name,
  /** Thinking, with its signatures: what an answer's `reasoning_details` were. */
  reasoning_details: z.array(z.looseObject({ type: z.string() })).nullish(),
  /** LiteLLM's name for the same: thinking blocks as Anthropic has them. */
  thinking_blocks: z.array(z.looseObject({ type: z.string() })).nullish(),
  reasoning_content: z.string().nullish(),
});

export const chatMessageSchema = z.discriminatedUnion('role', [
  z.looseObject({ role: z.literal('system'), content: texts, name }),
  z.looseObject({ role: z.literal('developer'), content: texts, name }),
  z.looseObject({ role: z.literal('user'), content: userContent, name }),
  assistantMessage,
  z.looseObject({ role: z.literal('tool'), tool_call_id: z.string().min(1), content: userContent }),
]);

const functionTool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().min(1).max(128),
    description: z.string().nullish(),
    parameters: z.looseObject({}).nullish(),
    strict: z.boolean().nullish(),
  }),
});

const namedFunction = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({ name: z.string().min(1) }),
});

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [
    namedFunction,
    z.looseObject({
      type: z.literal('allowed_tools'),
      allowed_tools: z.looseObject({
        mode: z.enum(['auto', 'required']),
        tools: z.array(namedFunction).min(1),
      }),
    }),
  ]),
]);

const responseFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({
      name: z.string().optional(),
      description: z.string().nullish(),
      schema: z.looseObject({}).nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const { thinking, bedrock, top_k } = messagesRequestSchema.shape;

export const chatRequestSchema = z.looseObject({
  model: z.string().min(1).max(2048),
  messages: z.array(chatMessageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_completion_tokens: z.int().min(1).nullish(),
  /** The older name of the same. */
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  tools: z.array(functionTool).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
  service_tier: z.string().nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  // Not OpenAI's: what Messages has beside, for `extra_body`.
  top_k,
  thinking,
  bedrock,
});

export type ChatRequest = z.infer<typeof chatRequestSchema>;
export type ChatMessage = z.infer<typeof chatMessageSchema>;
export type AssistantTurn = z.infer<typeof assistantMessage>;
export type UserContent = z.infer<typeof userContent>;
export type UserPart = z.infer<typeof userPart>;
