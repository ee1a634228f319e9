import {
  type ContentBlock,
  type GuardContentBlock,
  isBlock,
  type KnownBlock,
  type TextBlock,
  type ToolResultBlock,
} from '@streambed/protocol';
import { takesBack } from '../families/thinking-origin.ts';
import { toCitation } from './citations.ts';
import { toToolUseId } from './names.ts';
import { isFields } from './read.ts';
import { toRedactedContent } from './sealed.ts';
import { toDocument, toMedia, toSearchResult } from './to-media.ts';
import type * as converse from './types.ts';
import { refuse, unsupported, type Writing } from './writing.ts';

type Role = converse.ConverseRole;

/** The blocks of one message. `at` is the message's path; what can't be carried is dropped and named, or refused. */
export function toContent(
  content: string | readonly ContentBlock[],
  role: Role,
  at: string,
  writing: Writing,
): converse.ConverseContentBlock[] {
  if (typeof content === 'string') {
    const text = plainText(content, `${at}.content`, writing);
    return text === undefined ? [] : [text];
  }
  const out: converse.ConverseContentBlock[] = [];
  for (const [index, block] of content.entries()) {
    const here = `${at}.content[${index}]`;
    if (isBlock(block, 'streambed:cache_point')) {
      writing.pushCachePoint(out, block, here);
      continue;
    }
    const written = toBlock(block as KnownBlock, role, here, writing);
    if (written !== undefined) out.push(written);
    writing.pushCachePoint(out, (block as TextBlock).cache_control, `${here}.cache_control`);
  }
  return out;
}

function toBlock(
  block: KnownBlock,
  role: Role,
  at: string,
  writing: Writing,
): converse.ConverseContentBlock | undefined {
  switch (block.type) {
    case 'text':
      return role === 'assistant' ? answerText(block, at, writing) : plainText(block.text, at, writing);
    case 'image':
      onlyUser(role, at, 'image');
      return { image: toMedia('image', block.source, `${at}.source`, writing) };
    case 'document':
      onlyUser(role, at, 'document');
      return { document: toDocument(block, at, writing) };
    case 'streambed:video':
      onlyUser(role, at, 'video');
      return { video: toMedia('video', block.source, `${at}.source`, writing) };
    case 'streambed:audio':
      onlyUser(role, at, 'audio');
      return { audio: toMedia('audio', block.source, `${at}.source`, writing) };
    case 'search_result':
      onlyUser(role, at, 'search result');
      return { searchResult: toSearchResult(block, at, writing) };
    case 'streambed:guard_content':
      return { guardContent: toGuardContent(block, at, writing) };
    case 'thinking': {
      if (role === 'user' || !takesBack(block, writing.model.id)) return writing.drop(at);
      const { thinking: text, signature } = block;
      return { reasoningContent: { reasoningText: { text, ...(signature && { signature }) } } };
    }
    case 'redacted_thinking': {
      if (role === 'user' || !takesBack(block, writing.model.id)) return writing.drop(at);
      const encoding = isFields(block.bedrock) ? block.bedrock.encoding : undefined;
      return { reasoningContent: { redactedContent: toRedactedContent(block.data, encoding) } };
    }
    case 'tool_use': {
      if (role === 'user') return refuse(at, 'a tool call stands in an assistant turn');
      const { id, name, input } = block;
      if (input !== undefined && input !== null && !isFields(input))
        return refuse(`${at}.input`, 'expected an object');
      return {
        toolUse: { toolUseId: toToolUseId(id), name: writing.tools.toWire(name), input: input ?? {} },
      };
    }
    case 'tool_result':
      if (role === 'assistant') return refuse(at, 'a tool result stands in a user turn');
      return { toolResult: toToolResult(block, at, writing) };
    case 'server_tool_use': {
      if (role === 'user') return refuse(at, 'a tool call stands in an assistant turn');
      const { id, name, input } = block;
      if (!writing.ranSystemTool(id, name)) return writing.drop(at);
      return { toolUse: { toolUseId: toToolUseId(id), name, input: input ?? {}, type: 'server_tool_use' } };
    }
    case 'streambed:system_tool_result': {
      if (role === 'user') return refuse(at, "a system tool's result stands in an assistant turn");
      if (!writing.ranSystemTool(block.tool_use_id)) return writing.drop(at);
      return {
        toolResult: {
          toolUseId: toToolUseId(block.tool_use_id),
          content: toResultContent(block.content as ContentBlock[], at, writing),
          ...(block.name !== undefined && { type: block.name }),
          ...(block.is_error !== undefined && { status: block.is_error ? 'error' : 'success' }),
        },
      };
    }
    case 'streambed:cache_point':
      return undefined;
    case 'streambed:json':
      return refuse(at, 'stands only in a tool result');
    case 'streambed:converse':
      return block.block as converse.ConverseContentBlock;
    default:
      return unknownBlock(block, role, at, writing);
  }
}

/** What a model's side did for another model is history, and left out; what the caller says must not be. */
function unknownBlock(block: ContentBlock, role: Role, at: string, writing: Writing): undefined {
  if (role === 'assistant') return writing.drop(at);
  return unsupported(`${at}.type`, `Converse takes no block of type ${JSON.stringify(block.type)}`);
}

function onlyUser(role: Role, at: string, what: string): void {
  if (role !== 'user') unsupported(at, `Converse takes ${what}s in user turns only`);
}

/** Blank text is a 400, also where the model itself sent it that way. */
function plainText(text: string, at: string, writing: Writing): { text: string } | undefined {
  return text.trim() === '' ? writing.drop(at) : { text };
}

function answerText(
  block: TextBlock,
  at: string,
  writing: Writing,
): converse.ConverseContentBlock | undefined {
  const citations = block.citations ?? [];
  const text = plainText(block.text, at, writing);
  if (text === undefined || citations.length === 0) return text;
  const back = citations.map((citation) =>
    writing.quirks.citations ? toCitation(citation, (title) => writing.documents.ofTitle(title)) : undefined,
  );
  const kept = back.filter((citation) => citation !== undefined);
  if (kept.length < citations.length) writing.drop(`${at}.citations`);
  return kept.length === 0 ? text : { citationsContent: { content: [text], citations: kept } };
}

/** What a guardrail shall look at, in a turn or in `system`. */
export function toGuardContent(
  block: GuardContentBlock,
  at: string,
  writing: Writing,
): converse.GuardContent {
  const { text, qualifiers, source } = block;
  if (source !== undefined) return { image: toMedia('image', source, `${at}.source`, writing) };
  if (text === undefined || text.trim() === '')
    return refuse(`${at}.text`, 'expected text that is not blank');
  return { text: { text, ...(qualifiers !== undefined && { qualifiers }) } };
}

function toToolResult(block: ToolResultBlock, at: string, writing: Writing): converse.ToolResultBlock {
  const blocks = typeof block.content === 'string' ? [{ type: 'text', text: block.content }] : block.content;
  const content = toResultContent((blocks ?? []) as ContentBlock[], at, writing);
  // An error without words is a 400; the status alone says it elsewhere.
  if (content.length === 0 && block.is_error === true) content.push({ text: 'error' });
  const status = block.is_error === undefined ? undefined : block.is_error ? 'error' : 'success';
  if (status === 'error' && !writing.quirks.toolResultStatus) writing.drop(`${at}.is_error`);
  return {
    toolUseId: toToolUseId(block.tool_use_id),
    content,
    ...(status !== undefined && writing.quirks.toolResultStatus && { status }),
  };
}

function toResultContent(
  blocks: readonly ContentBlock[],
  at: string,
  writing: Writing,
): converse.ToolResultContent[] {
  const out: converse.ToolResultContent[] = [];
  for (const [index, block] of blocks.entries()) {
    const here = `${at}.content[${index}]`;
    if ((block as TextBlock).cache_control) writing.drop(`${here}.cache_control`);
    const written = toResultBlock(block as KnownBlock, here, writing);
    if (written !== undefined) out.push(written);
  }
  return out;
}

function toResultBlock(
  block: KnownBlock,
  at: string,
  writing: Writing,
): converse.ToolResultContent | undefined {
  switch (block.type) {
    case 'text':
      return block.text.trim() === '' ? undefined : { text: block.text };
    case 'image':
      return { image: toMedia('image', block.source, `${at}.source`, writing) };
    case 'document':
      return { document: toDocument(block, at, writing) };
    case 'streambed:video':
      return { video: toMedia('video', block.source, `${at}.source`, writing) };
    case 'search_result':
      return { searchResult: toSearchResult(block, at, writing) };
    case 'streambed:json':
      // Only an object is taken as json.
      return isFields(block.json) ? { json: block.json } : { text: JSON.stringify(block.json ?? null) };
    case 'streambed:converse':
      return block.block as unknown as converse.ToolResultContent;
    default:
      return isBlock(block, 'text')
        ? undefined
        : unsupported(`${at}.type`, `Converse takes no ${JSON.stringify(block.type)} in a tool result`);
  }
}
