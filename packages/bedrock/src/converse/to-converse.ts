import { isBlock, type MessagesRequest, type SystemBlock, type TextBlock } from '@streambed/protocol';
import type { FamilyModel } from '../families/family.ts';
import { toContent, toGuardContent } from './to-content.ts';
import { additionalFields, dropWhatConverseLacks, inferenceConfig } from './to-fields.ts';
import { bedrockFields, toOutputConfig } from './to-settings.ts';
import { toTools, withStandIns } from './to-tools.ts';
import { inOrder, type Turn } from './turns.ts';
import type * as converse from './types.ts';
import { unsupported, Writing } from './writing.ts';

type Request = MessagesRequest & { readonly max_tokens: number };

/** What {@link toConverse} makes. */
export interface ConverseCall {
  readonly request: converse.ConverseRequest;
  /** Paths of what was left out. docs/families.md says by which rule. */
  readonly dropped: readonly string[];
}

/**
 * A Messages request as a Converse body. Throws `SB_UNSUPPORTED` or `SB_BAD_REQUEST`, naming the field, for what
 * Converse or this model doesn't take; what may be left out without changing what was asked is dropped and named.
 * `metadata` goes to AWS's invocation log beside the caller's own.
 */
export function toConverse(
  request: Request,
  model: FamilyModel,
  metadata: Readonly<Record<string, string>> = {},
): ConverseCall {
  const writing = new Writing(request, model);
  // In the order in which cache points count: tools, system, messages.
  const tools = toTools(request, writing);
  const { system, messages } = split(request, writing);
  const isPrompt = model.id.includes(':prompt/');
  const toolConfig = withStandIns(tools.config, messages, request.tools ?? [], writing);
  if (request.tool_choice?.type === 'none' && toolConfig !== undefined) writing.drop('tool_choice');
  if (messages.at(-1)?.role === 'assistant' && model.facts?.prefill === false) {
    unsupported('messages', `${model.id} can't go on from the beginning of an answer`);
  }
  const fields = additionalFields(request, tools.native, writing);
  const inference = inferenceConfig(request, fields, writing);
  const bedrock = bedrockFields(request, metadata);
  const outputConfig = toOutputConfig(request, writing);
  dropWhatConverseLacks(request, writing);
  if (isPrompt) {
    // A prompt brings these itself, and a request that brings them too is a 400.
    if (system.length > 0) unsupported('system', 'a prompt ARN brings its own');
    if (toolConfig !== undefined) unsupported('tools', 'a prompt ARN brings its own');
    writing.drop('max_tokens');
  }
  return {
    request: {
      messages,
      ...(system.length > 0 && { system }),
      ...(!isPrompt && Object.keys(inference).length > 0 && { inferenceConfig: inference }),
      ...(toolConfig !== undefined && { toolConfig }),
      ...(!isPrompt && Object.keys(fields).length > 0 && { additionalModelRequestFields: fields }),
      ...(outputConfig !== undefined && { outputConfig }),
      ...bedrock,
    },
    dropped: writing.dropped,
  };
}

function split(request: Request, writing: Writing) {
  const system = toSystem(request.system, writing);
  const turns: Turn[] = [];
  for (const [index, message] of request.messages.entries()) {
    const at = `messages[${index}]`;
    if (message.role === 'system') {
      // System messages before the conversation are the system prompt; Converse has no place for later ones.
      if (turns.length > 0) unsupported(`${at}.role`, 'Converse takes no system message in mid-conversation');
      system.push(...toSystem(message.content as string | readonly SystemBlock[], writing, at));
      continue;
    }
    turns.push({ role: message.role, at, content: toContent(message.content, message.role, at, writing) });
  }
  if (system.length > 0 && writing.model.facts?.systemPrompt === false) {
    unsupported('system', `${writing.model.id} takes no system prompt`);
  }
  return { system, messages: inOrder(turns, writing.quirks) };
}

function toSystem(
  system: string | readonly SystemBlock[] | undefined,
  writing: Writing,
  at?: string,
): converse.ConverseSystemBlock[] {
  if (system === undefined) return [];
  if (typeof system === 'string') {
    if (system.trim() !== '') return [{ text: system }];
    writing.drop(at === undefined ? 'system' : `${at}.content`);
    return [];
  }
  const out: converse.ConverseSystemBlock[] = [];
  for (const [index, block] of system.entries()) {
    const here = at === undefined ? `system[${index}]` : `${at}.content[${index}]`;
    if (isBlock(block, 'streambed:cache_point')) {
      writing.pushCachePoint(out, block, here);
      continue;
    }
    const written = systemBlock(block, here, writing);
    if (written !== undefined) out.push(written);
    writing.pushCachePoint(out, (block as TextBlock).cache_control, `${here}.cache_control`);
  }
  return out;
}

function systemBlock(
  block: SystemBlock,
  at: string,
  writing: Writing,
): converse.ConverseSystemBlock | undefined {
  if (isBlock(block, 'text')) return block.text.trim() === '' ? writing.drop(at) : { text: block.text };
  if (isBlock(block, 'streambed:guard_content')) return { guardContent: toGuardContent(block, at, writing) };
  return unsupported(
    `${at}.type`,
    `Converse takes no ${JSON.stringify(block.type)} block in the system prompt`,
  );
}
