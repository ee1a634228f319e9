import type { BedrockRequest, MessagesRequest, SystemBlock } from '@streambed/protocol';
import { refuse } from '../shared/refuse.ts';
import { type FunctionChoice, jsonOnly, toFormat, toTool, toToolChoice } from '../shared/tools.ts';
import type { ChatRequest } from './chat-request.ts';
import { leftOutFields } from './fields.ts';
import { readMessages } from './read-messages.ts';

/** A chat request in Messages' words, and what had to be left out or changed for it. */
export interface Translated {
  readonly request: MessagesRequest;
  readonly dropped: readonly string[];
  readonly defaulted: readonly string[];
}

/** Translates a request. Throws `SB_BAD_REQUEST` or `SB_UNSUPPORTED`, the field named as the caller wrote it. */
export function toMessages(chat: ChatRequest): Translated {
  const dropped = [...leftOutFields(chat)];
  const defaulted: string[] = [];
  const { turns, dropped: unsaid } = readMessages(chat.messages);
  dropped.push(...unsaid);
  const format = formatOf(chat, dropped);
  const system = [...turns.system, ...(format === 'json' ? [{ type: 'text' as const, text: jsonOnly }] : [])];
  const { tools, choice } = toolsOf(chat);
  const { temperature } = chat;
  if (typeof temperature === 'number' && temperature > 1) defaulted.push('temperature=1');
  const maxTokens = chat.max_completion_tokens ?? chat.max_tokens ?? undefined;
  const bedrock = bedrockOf(chat, dropped);
  const user = chat.safety_identifier ?? chat.user ?? undefined;
  const request: MessagesRequest = {
    model: chat.model,
    messages: turns.messages,
    ...(system.length > 0 && { system: systemOf(system) }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
    ...(typeof temperature === 'number' && { temperature: Math.min(temperature, 1) }),
    ...(typeof chat.top_p === 'number' && { top_p: chat.top_p }),
    ...(chat.top_k !== undefined && { top_k: chat.top_k }),
    ...stopOf(chat.stop),
    ...(tools.length > 0 && { tools }),
    ...(choice !== undefined && { tool_choice: choice }),
    ...(chat.thinking !== undefined && { thinking: chat.thinking }),
    ...(format !== undefined && format !== 'json' && { output_config: { format } }),
    ...(user !== undefined && { metadata: { user_id: user } }),
    ...(bedrock !== undefined && { bedrock }),
  };
  return { request, dropped, defaulted };
}

/** One plain text is a string: it is the same, and reads better in a log of what was sent. */
function systemOf(blocks: readonly SystemBlock[]): MessagesRequest['system'] {
  const [first, ...rest] = blocks;
  const plain = first?.type === 'text' && Object.keys(first).length === 2;
  return plain && rest.length === 0 ? String(first.text) : blocks;
}

function stopOf(stop: ChatRequest['stop']): Pick<MessagesRequest, 'stop_sequences'> {
  const sequences = typeof stop === 'string' ? [stop] : (stop ?? []);
  return sequences.length === 0 ? {} : { stop_sequences: sequences };
}

/** `json`: any JSON, which no model can be held to. */
function formatOf({ response_format: format }: ChatRequest, dropped: string[]) {
  if (format?.type !== 'json_schema' && format?.type !== 'json_object') return undefined;
  const { schema, name, description } = format.type === 'json_schema' ? format.json_schema : {};
  if (schema !== undefined && schema !== null) return toFormat({ schema, name, description });
  dropped.push('response_format');
  return 'json';
}

function toolsOf({ tools, tool_choice: choice, parallel_tool_calls: parallel }: ChatRequest) {
  const all = tools ?? [];
  const allowed =
    typeof choice === 'object' && choice?.type === 'allowed_tools' ? choice.allowed_tools : undefined;
  const names = allowed?.tools.map((tool) => tool.function.name);
  const missing = names?.find((name) => !all.some((tool) => tool.function.name === name));
  if (missing !== undefined)
    refuse('tool_choice.allowed_tools.tools', `there is no tool ${JSON.stringify(missing)}`);
  const used = all.filter((tool) => names === undefined || names.includes(tool.function.name));
  const wanted: FunctionChoice | undefined =
    allowed !== undefined
      ? allowed.mode
      : typeof choice === 'object' && choice?.type === 'function'
        ? choice.function
        : ((choice ?? undefined) as FunctionChoice | undefined);
  return { tools: used.map((tool) => toTool(tool.function)), choice: toToolChoice(wanted, parallel, used) };
}

/** OpenAI's words for what Bedrock calls a tier, where it has one. */
const tiers: Readonly<Record<string, string>> = { flex: 'flex', priority: 'priority', fast: 'priority' };

function bedrockOf(
  { bedrock, reasoning_effort: effort, service_tier: tier }: ChatRequest,
  dropped: string[],
): BedrockRequest | undefined {
  const ours: Record<string, unknown> = {};
  if (effort !== undefined && effort !== null) ours.reasoning_effort = effort;
  if (typeof tier === 'string' && tier !== 'auto' && tier !== 'default') {
    if (Object.hasOwn(tiers, tier)) ours.service_tier = tiers[tier];
    else dropped.push('service_tier');
  }
  return bedrock === undefined && Object.keys(ours).length === 0 ? undefined : { ...ours, ...bedrock };
}
