import { z } from 'zod';
import { citationSchema } from './citations.ts';
import { sourceSchema } from './sources.ts';
import { tagged } from './tagged.ts';

/** Caches what stands before and in the block that carries it; absent `ttl` is five minutes. */
export const cacheControlSchema = z.looseObject({
  type: z.literal('ephemeral'),
  ttl: z.enum(['5m', '1h']).optional(),
});

const cached = { cache_control: cacheControlSchema.nullish() };

export const textBlockSchema = z.looseObject({
  type: z.literal('text'),
  text: z.string(),
  citations: z.array(citationSchema).nullish(),
  ...cached,
});

const imageBlock = z.looseObject({ type: z.literal('image'), source: sourceSchema, ...cached });

const citationsSwitch = z.looseObject({ enabled: z.boolean().optional() });

const documentBlock = z.looseObject({
  type: z.literal('document'),
  source: sourceSchema,
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: citationsSwitch.nullish(),
  ...cached,
});

const searchResultBlock = z.looseObject({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(textBlockSchema),
  citations: citationsSwitch.nullish(),
  ...cached,
});

/** Who thought: only the same kind of model takes its thinking back. Absent on what Claude sent natively. */
const originField = {
  bedrock: z
    .looseObject({ origin: z.looseObject({ family: z.string(), model: z.string() }).optional() })
    .optional(),
};

const thinkingBlock = z.looseObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  /** Claude's proof that the thinking is its own; goes back unchanged. Empty on models that don't sign. */
  signature: z.string().optional(),
  ...originField,
});

const redactedThinkingBlock = z.looseObject({
  type: z.literal('redacted_thinking'),
  data: z.string(),
  ...originField,
});

const toolUseBlock = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
  ...cached,
});

const toolResultBlock = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]).optional(),
  is_error: z.boolean().optional(),
  ...cached,
});

/** A tool that ran on the model's side (Nova's system tools, Claude's server tools): nobody answers it. */
const serverToolUseBlock = z.looseObject({
  type: z.literal('server_tool_use'),
  id: z.string(),
  name: z.string(),
  input: z.unknown(),
  ...cached,
});

/** What a system tool of Bedrock came to, in the same turn as its `server_tool_use`. */
const systemToolResultBlock = z.looseObject({
  type: z.literal('streambed:system_tool_result'),
  tool_use_id: z.string(),
  /** AWS's word for the kind of result, `nova_code_interpreter_result`. */
  name: z.string().optional(),
  content: z.array(z.looseObject({ type: z.string() })),
  is_error: z.boolean().optional(),
});

/** Text or an image that a guardrail shall look at; with it, the guardrail looks at nothing else. */
const guardContentBlock = z
  .looseObject({
    type: z.literal('streambed:guard_content'),
    text: z.string().optional(),
    qualifiers: z.array(z.string()).optional(),
    source: sourceSchema.optional(),
    ...cached,
  })
  .refine((block) => (block.text === undefined) !== (block.source === undefined), 'expected text or source');

const videoBlock = z.looseObject({ type: z.literal('streambed:video'), source: sourceSchema, ...cached });

const audioBlock = z.looseObject({ type: z.literal('streambed:audio'), source: sourceSchema, ...cached });

/** Structured data as a tool's result, where Messages has only text. */
const jsonBlock = z.looseObject({ type: z.literal('streambed:json'), json: z.unknown() });

/** A cache point that no block stands before; otherwise `cache_control` says it. */
const cachePointBlock = z.looseObject({
  type: z.literal('streambed:cache_point'),
  ttl: z.enum(['5m', '1h']).optional(),
});

/** A Converse block that is newer than this version, as AWS wrote it. */
const converseBlock = z.looseObject({ type: z.literal('streambed:converse'), block: z.looseObject({}) });

/** One content block. A kind that isn't known here needs only its `type`, and is kept as it is. */
export const contentBlockSchema = tagged('ContentBlock', {
  text: textBlockSchema,
  image: imageBlock,
  document: documentBlock,
  search_result: searchResultBlock,
  thinking: thinkingBlock,
  redacted_thinking: redactedThinkingBlock,
  tool_use: toolUseBlock,
  tool_result: toolResultBlock,
  server_tool_use: serverToolUseBlock,
  'streambed:system_tool_result': systemToolResultBlock,
  'streambed:guard_content': guardContentBlock,
  'streambed:video': videoBlock,
  'streambed:audio': audioBlock,
  'streambed:json': jsonBlock,
  'streambed:cache_point': cachePointBlock,
  'streambed:converse': converseBlock,
});

/** A block of `system`: text, or what a guardrail shall look at. */
export const systemBlockSchema = tagged('SystemBlock', {
  text: textBlockSchema,
  'streambed:guard_content': guardContentBlock,
  'streambed:cache_point': cachePointBlock,
}).refine(
  (block) => block.type === 'text' || block.type.startsWith('streambed:'),
  'expected a text block in system',
);

export type CacheControl = z.infer<typeof cacheControlSchema>;
export type TextBlock = z.infer<typeof textBlockSchema>;
export type ImageBlock = z.infer<typeof imageBlock>;
export type DocumentBlock = z.infer<typeof documentBlock>;
export type SearchResultBlock = z.infer<typeof searchResultBlock>;
export type ThinkingBlock = z.infer<typeof thinkingBlock>;
export type RedactedThinkingBlock = z.infer<typeof redactedThinkingBlock>;
export type ToolUseBlock = z.infer<typeof toolUseBlock>;
export type ToolResultBlock = z.infer<typeof toolResultBlock>;
export type ServerToolUseBlock = z.infer<typeof serverToolUseBlock>;
export type SystemToolResultBlock = z.infer<typeof systemToolResultBlock>;
export type GuardContentBlock = z.infer<typeof guardContentBlock>;
export type VideoBlock = z.infer<typeof videoBlock>;
export type AudioBlock = z.infer<typeof audioBlock>;
export type JsonBlock = z.infer<typeof jsonBlock>;
export type CachePointBlock = z.infer<typeof cachePointBlock>;
export type ConverseBlock = z.infer<typeof converseBlock>;

/** A block of a kind this version doesn't know: kept, never read. */
export interface OtherBlock {
  readonly type: string & {};
  readonly [field: string]: unknown;
}

export type KnownBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | SearchResultBlock
  | ThinkingBlock
  | RedactedThinkingBlock
  | ToolUseBlock
  | ToolResultBlock
  | ServerToolUseBlock
  | SystemToolResultBlock
  | GuardContentBlock
  | VideoBlock
  | AudioBlock
  | JsonBlock
  | CachePointBlock
  | ConverseBlock;

export type ContentBlock = KnownBlock | OtherBlock;

/** A block of a request's `system`. */
export type SystemBlock = TextBlock | GuardContentBlock | CachePointBlock | OtherBlock;

/** Whether `block` is of the known kind `type`; narrows the type. */
export function isBlock<T extends KnownBlock['type']>(
  block: ContentBlock,
  type: T,
): block is Extract<KnownBlock, { type: T }> {
  return block.type === type;
}
