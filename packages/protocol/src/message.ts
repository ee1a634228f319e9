import { z } from 'zod';

/**
 * The one message format inside and on our own API: Anthropic's Messages format (`anthropic-version` 2023-06-01).
 * Objects are loose: a field that isn't known here is kept and passed on, never dropped in silence.
 */
export const messagesFormatVersion = '2023-06-01';

const cacheControl = z.looseObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });

const textBlock = z.looseObject({
  type: z.literal('text'),
  text: z.string(),
  cache_control: cacheControl.nullish(),
});

const imageBlock = z.looseObject({
  type: z.literal('image'),
  source: z.looseObject({ type: z.string() }),
  cache_control: cacheControl.nullish(),
});

const documentBlock = z.looseObject({
  type: z.literal('document'),
  source: z.looseObject({ type: z.string() }),
  title: z.string().nullish(),
  context: z.string().nullish(),
  cache_control: cacheControl.nullish(),
});

const thinkingBlock = z.looseObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().optional(),
});

const redactedThinkingBlock = z.looseObject({ type: z.literal('redacted_thinking'), data: z.string() });

const toolUseBlock = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
  cache_control: cacheControl.nullish(),
});

const toolResultBlock = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
  is_error: z.boolean().optional(),
  cache_control: cacheControl.nullish(),
});

const knownBlocks = {
  text: textBlock,
  image: imageBlock,
  document: documentBlock,
  thinking: thinkingBlock,
  redacted_thinking: redactedThinkingBlock,
  tool_use: toolUseBlock,
  tool_result: toolResultBlock,
} as const;

/** One content block. A kind that isn't known here needs only its `type`, and is kept as it is. */
export const contentBlockSchema = z.looseObject({ type: z.string() }).superRefine((block, context) => {
  const schema = knownBlocks[block.type as keyof typeof knownBlocks];
  const result = schema?.safeParse(block);
  for (const issue of result?.error?.issues ?? []) context.addIssue({ ...issue } as never);
});

export type TextBlock = z.infer<typeof textBlock>;
export type ImageBlock = z.infer<typeof imageBlock>;
export type DocumentBlock = z.infer<typeof documentBlock>;
export type ThinkingBlock = z.infer<typeof thinkingBlock>;
export type RedactedThinkingBlock = z.infer<typeof redactedThinkingBlock>;
export type ToolUseBlock = z.infer<typeof toolUseBlock>;
export type ToolResultBlock = z.infer<typeof toolResultBlock>;
/** A block of a kind this version doesn't know: kept, never read. */
export interface OtherBlock {
  readonly type: string & {};
  readonly [field: string]: unknown;
}
export type KnownBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ToolResultBlock;
export type ContentBlock = KnownBlock | OtherBlock;

/** Whether `block` is of the known kind `type`; narrows the type. */
export function isBlock<T extends KnownBlock['type']>(
  block: ContentBlock,
  type: T,
): block is Extract<KnownBlock, { type: T }> {
  return block.type === type;
}

export const messageSchema = z.looseObject({
  role: z.enum(['user', 'assistant', 'system']),
  content: z.union([z.string(), z.array(contentBlockSchema)]),
});

const tool = z.looseObject({
  name: z.string().min(1).max(128),
  type: z.string().nullish(),
  description: z.string().optional(),
  input_schema: z.looseObject({}).optional(),
  cache_control: cacheControl.nullish(),
});

const toolChoice = z.looseObject({
  type: z.enum(['auto', 'any', 'tool', 'none']),
  name: z.string().optional(),
});

/** A Messages request: what every surface is translated to, and every family from. */
export const messagesRequestSchema = z.looseObject({
  /** An alias, an Anthropic API name, a Bedrock id, an inference profile or an ARN. */
  model: z.string().min(1).max(2048),
  /** Absent: the alias's own, else the default of the surface. */
  max_tokens: z.int().min(1).optional(),
  messages: z.array(messageSchema).min(1),
  system: z.union([z.string(), z.array(textBlock)]).optional(),
  temperature: z.number().min(0).max(1).optional(),
  top_p: z.number().min(0).max(1).optional(),
  top_k: z.int().min(0).optional(),
  stop_sequences: z.array(z.string()).optional(),
  tools: z.array(tool).optional(),
  tool_choice: toolChoice.optional(),
  thinking: z.looseObject({ type: z.string() }).optional(),
  metadata: z.looseObject({}).optional(),
  /** Beta names, Bedrock's own place for them (a body array, not a header). */
  anthropic_beta: z.array(z.string()).optional(),
  /** What only Bedrock has. */
  bedrock: z.looseObject({}).optional(),
});

export type Message = Omit<z.infer<typeof messageSchema>, 'content'> & {
  readonly content: string | readonly ContentBlock[];
};
export type Tool = z.infer<typeof tool>;
export type ToolChoice = z.infer<typeof toolChoice>;
export type MessagesRequest = Omit<z.infer<typeof messagesRequestSchema>, 'messages'> & {
  readonly messages: readonly Message[];
};

/** An answer as a whole: the fold of a generation's events. */
export interface AssistantMessage {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly ContentBlock[];
  readonly stop_reason: string | null;
  readonly stop_sequence: string | null;
  readonly usage: import('./usage.ts').Usage;
  readonly [field: string]: unknown;
}
