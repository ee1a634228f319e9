import { type ContentBlock, parseWith, StreambedError, type SystemBlock } from '@streambed/protocol';
import { z } from 'zod';
import { refuse, refuseUnsupported } from '../shared/refuse.ts';
import type { Turns } from '../shared/turns.ts';
import { customInputField } from './called-tool.ts';
import { readContent } from './read-content.ts';
import { unsealThinking } from './sealed-thinking.ts';
import { localShell, nameForModel } from './tool-names.ts';

export type InputItem = { readonly type?: string | null | undefined; readonly [field: string]: unknown };

/** What the items of a request say beside the conversation. */
export interface ReadItems {
  /** Tools that items bring. */
  readonly tools: { readonly type: string; readonly [field: string]: unknown }[];
  /** Paths of items that can't be carried. */
  readonly dropped: string[];
}

/** The blocks of an item of an earlier answer that is still kept; undefined where it is not. */
export type FindItem = (id: string) => readonly ContentBlock[] | undefined;

const message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.unknown(),
});
const call = { call_id: z.string().min(1), name: z.string().min(1), namespace: z.string().nullish() };
const functionCall = z.looseObject({ ...call, arguments: z.string() });
const customCall = z.looseObject({ ...call, input: z.string() });
const shellCall = z.looseObject({ call_id: z.string().min(1), action: z.looseObject({}) });
const output = z.looseObject({ call_id: z.string().min(1), output: z.unknown() });
const reasoning = z.looseObject({ id: z.string().nullish(), encrypted_content: z.string().nullish() });
const reference = z.looseObject({ id: z.string().min(1) });
const additional = z.looseObject({ tools: z.array(z.looseObject({ type: z.string() })) });

/** Reads items into turns. `at` is what the list is called in errors. Throws for what has no place here. */
export function readItems(
  items: readonly InputItem[],
  find: FindItem,
  turns: Turns,
  read: ReadItems,
  at = 'input',
): void {
  for (const [index, item] of items.entries()) readItem(item, `${at}[${index}]`, find, turns, read);
}

function readItem(item: InputItem, at: string, find: FindItem, turns: Turns, read: ReadItems): void {
  switch (item.type ?? (item.role === undefined ? 'item_reference' : 'message')) {
    case 'message': {
      const { role, content } = parseWith(message, item, at);
      const blocks = readContent(content, `${at}.content`);
      if (role === 'user' || role === 'assistant') turns.add(role, blocks);
      else turns.addSystem(onlyText(blocks, `${at}.content`));
      break;
    }
    case 'function_call': {
      const { call_id, arguments: text, ...tool } = parseWith(functionCall, item, at);
      turns.add('assistant', [toolUse(call_id, named(tool), readArguments(text, `${at}.arguments`))]);
      break;
    }
    case 'custom_tool_call': {
      const { call_id, input, ...tool } = parseWith(customCall, item, at);
      turns.add('assistant', [toolUse(call_id, named(tool), { [customInputField]: input })]);
      break;
    }
    case 'local_shell_call': {
      const { call_id, action } = parseWith(shellCall, item, at);
      const { type: _, ...input } = action;
      turns.add('assistant', [toolUse(call_id, localShell, input)]);
      break;
    }
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'local_shell_call_output': {
      // The local shell's own output names its call in `id`.
      const { call_id, output: said } = parseWith(output, { ...item, call_id: item.call_id ?? item.id }, at);
      const content = readContent(said, `${at}.output`) as { type: string }[];
      turns.add('user', [{ type: 'tool_result', tool_use_id: call_id, content }]);
      break;
    }
    case 'reasoning': {
      const { id, encrypted_content: sealed } = parseWith(reasoning, item, at);
      const thinking = sealed ? unsealThinking(sealed) : undefined;
      const blocks = thinking ? [thinking] : typeof id === 'string' ? find(id) : undefined;
      // Another's thinking, or a summary of it: no model here takes that back.
      if (blocks === undefined) read.dropped.push(at);
      else turns.add('assistant', blocks);
      break;
    }
    case 'item_reference': {
      const { id } = parseWith(reference, item, at);
      const blocks = find(id);
      if (blocks === undefined) throw itemNotFound(id, at);
      turns.add('assistant', blocks);
      break;
    }
    case 'additional_tools':
      read.tools.push(...parseWith(additional, item, at).tools);
      break;
    case 'web_search_call':
    case 'tool_search_call':
    case 'tool_search_output':
      read.dropped.push(at);
      break;
    default:
      refuseUnsupported(`${at}.type`, `an item ${JSON.stringify(item.type)} can’t be carried here`);
  }
}

function toolUse(id: string, name: string, input: unknown): ContentBlock {
  return { type: 'tool_use', id, name, input };
}

function named({
  name,
  namespace,
}: {
  readonly name: string;
  readonly namespace?: string | null | undefined;
}) {
  return nameForModel({ name, ...(namespace && { namespace }) });
}

function readArguments(text: string, at: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return refuse(at, 'expected JSON');
  }
}

function onlyText(blocks: readonly ContentBlock[], at: string): SystemBlock[] {
  const other = blocks.findIndex(({ type }) => type !== 'text');
  if (other >= 0) refuseUnsupported(`${at}[${other}]`, 'only text can be said in the name of the developer');
  return blocks as SystemBlock[];
}

/** What happened, and what to do: answers are kept for a while only. */
function itemNotFound(id: string, at: string): StreambedError {
  const message = `Item with id '${id}' not found: answers are kept for STREAMBED_RESUME_SECONDS after they were last used. Send the item itself, and ask with store: false where you keep the conversation.`;
  return new StreambedError('SB_NOT_FOUND', message, { field: at });
}
