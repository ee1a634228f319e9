import type { CacheControl, ContentBlock, KnownBlock, TextBlock } from '@streambed/protocol';
import { fromCitation } from './citations.ts';
import { fromMedia, fromSource } from './from-media.ts';
import { fromToolResultContent } from './from-tool-result.ts';
import { DocumentNames } from './names.ts';
import { type Fields, reading, textOr, unionKey } from './read.ts';
import { fromRedactedContent } from './sealed.ts';

const request = reading('SB_BAD_REQUEST', 'The Converse request is not one');
/** A request brings its own names: there are no titles to give back. */
const noTitles = new DocumentNames(undefined);

/** A block of a message of a Converse request. */
export function fromRequestBlock(value: unknown, at: string, model: string): ContentBlock {
  const block = request.fields(value, at);
  const key = unionKey(block) ?? request.fail(at, 'a kind of content block');
  const here = `${at}.${key}`;
  switch (key) {
    case 'text':
      return { type: 'text', text: request.text(block.text, here) };
    case 'toolUse':
      return toToolUse(request.fields(block.toolUse, here), here);
    case 'toolResult':
      return toToolResult(request.fields(block.toolResult, here), here);
    case 'reasoningContent':
      return toThinking(request.fields(block.reasoningContent, here), here, model);
    case 'cachePoint':
      return { type: 'streambed:cache_point', ...lifetime(request.fields(block.cachePoint, here)) };
    case 'guardContent':
      return toGuardContent(request.fields(block.guardContent, here), here);
    case 'citationsContent':
      return toCitedText(request.fields(block.citationsContent, here), here);
    default:
      return fromMedia(key, block[key], request, here) ?? { type: 'streambed:converse', block };
  }
}

function toToolUse({ toolUseId, name, input, type }: Fields, at: string): ContentBlock {
  return {
    type: type === 'server_tool_use' ? 'server_tool_use' : 'tool_use',
    id: request.text(toolUseId, `${at}.toolUseId`),
    name: request.text(name, `${at}.name`),
    input: input ?? {},
  };
}

function toToolResult({ toolUseId, content, status, type }: Fields, at: string): ContentBlock {
  const head = {
    tool_use_id: request.text(toolUseId, `${at}.toolUseId`),
    content: request
      .list(content, `${at}.content`)
      .map((piece, index) => fromToolResultContent(piece, request, `${at}.content[${index}]`)),
    ...(typeof status === 'string' && { is_error: status === 'error' }),
  };
  return typeof type === 'string' && type !== 'tool_result'
    ? { type: 'streambed:system_tool_result', name: type, ...head }
    : { type: 'tool_result', ...head };
}

function toThinking({ reasoningText, redactedContent }: Fields, at: string, model: string): ContentBlock {
  // Who sends it back to this model says that it is this model's.
  const origin = { origin: { family: 'converse', model } };
  if (redactedContent !== undefined) {
    const { data, bedrock } = fromRedactedContent(request.text(redactedContent, `${at}.redactedContent`));
    return { type: 'redacted_thinking', data, bedrock: { ...origin, ...bedrock } };
  }
  const { text, signature } = request.fields(reasoningText, `${at}.reasoningText`);
  return {
    type: 'thinking',
    thinking: request.text(text, `${at}.reasoningText.text`),
    ...(typeof signature === 'string' && { signature }),
    bedrock: origin,
  };
}

function toGuardContent(content: Fields, at: string): ContentBlock {
  if (content.image !== undefined) {
    return {
      type: 'streambed:guard_content',
      source: fromSource('image', content.image, request, `${at}.image`),
    };
  }
  const { text, qualifiers } = request.fields(content.text, `${at}.text`);
  return {
    type: 'streambed:guard_content',
    text: request.text(text, `${at}.text.text`),
    ...(qualifiers !== undefined && {
      qualifiers: request.list(qualifiers, `${at}.text.qualifiers`) as string[],
    }),
  };
}

function toCitedText({ content, citations }: Fields, at: string): ContentBlock {
  const text = request
    .list(content, `${at}.content`)
    .map((piece) => textOr(request.fields(piece, `${at}.content`).text, ''))
    .join('');
  return {
    type: 'text',
    text,
    citations: request
      .list(citations, `${at}.citations`)
      .map((citation) => fromCitation(request.fields(citation, `${at}.citations`), noTitles)),
  };
}

/** A block of a Converse request's `system`. */
export function fromSystemBlock(value: unknown, at: string): ContentBlock {
  const block = request.fields(value, at);
  if (block.guardContent !== undefined) return toGuardContent(request.fields(block.guardContent, at), at);
  if (block.cachePoint !== undefined) {
    return { type: 'streambed:cache_point', ...lifetime(request.fields(block.cachePoint, at)) };
  }
  return { type: 'text', text: request.text(block.text, `${at}.text`) };
}

/** A cache point behind a block is that block's `cache_control`; one with nothing to stand on stays a block. */
export function withCacheControl(blocks: readonly ContentBlock[]): ContentBlock[] {
  const out: ContentBlock[] = [];
  for (const block of blocks as KnownBlock[]) {
    const last = out.at(-1) as TextBlock | undefined;
    if (block.type === 'streambed:cache_point' && last !== undefined && mayBeCached(last)) {
      const { ttl } = block;
      const cacheControl: CacheControl = { type: 'ephemeral', ...(ttl !== undefined && { ttl }) };
      out[out.length - 1] = { ...last, cache_control: cacheControl };
    } else out.push(block);
  }
  return out;
}

/** Thinking may carry none, and one block carries one. */
function mayBeCached(block: TextBlock | KnownBlock): boolean {
  const bare = ['thinking', 'redacted_thinking', 'streambed:cache_point', 'streambed:converse'];
  return !bare.includes(block.type) && (block as TextBlock).cache_control === undefined;
}

/** How long a cache point lasts. */
export function lifetime({ ttl }: Fields): { ttl?: '5m' | '1h' } {
  return ttl === '5m' || ttl === '1h' ? { ttl } : {};
}
