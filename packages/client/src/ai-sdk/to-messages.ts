import type { ContentBlock, Message } from '@streambed/protocol';
import type { UIMessage } from 'ai';
import { isObject, isText } from '../frames.ts';

/** What the AI SDK keeps for us beside a part; we put a thinking block's signature there. */
export const metadataName = 'streambed';

type Part = UIMessage['parts'][number];

/**
 * The AI SDK's messages as the Messages format wants them: roles alternate, a tool's result stands in the user
 * message after its call. Thinking goes back only with its signature, which the model demands. What the format has no
 * place for (sources, data parts) stays behind.
 */
export function toMessages(messages: readonly UIMessage[]): {
  readonly system: string;
  readonly messages: readonly Message[];
} {
  const system: string[] = [];
  const turns: { role: 'user' | 'assistant'; content: ContentBlock[] }[] = [];
  const add = (role: 'user' | 'assistant', content: readonly ContentBlock[]) => {
    if (content.length === 0) return;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content: [...content] });
  };
  for (const { role, parts } of messages) {
    if (role === 'system') {
      for (const part of parts) if (part.type === 'text') system.push(part.text);
    } else if (role === 'user') add('user', parts.flatMap(userBlock));
    else
      for (const step of stepsOf(parts)) {
        add('assistant', step.flatMap(answerBlock));
        add('user', step.flatMap(toolResult));
      }
  }
  return { system: system.join('\n\n'), messages: turns };
}

/** The parts of an answer, cut where the model was called again. */
function stepsOf(parts: readonly Part[]): Part[][] {
  const steps: Part[][] = [[]];
  for (const part of parts) {
    if (part.type === 'step-start') steps.push([]);
    else steps.at(-1)?.push(part);
  }
  return steps;
}

function userBlock(part: Part): ContentBlock[] {
  if (part.type === 'text') return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
  if (part.type !== 'file') return [];
  const type = part.mediaType.startsWith('image') ? 'image' : 'document';
  const [, mediaType = part.mediaType, data] = /^data:([^;,]*);base64,(.*)$/s.exec(part.url) ?? [];
  const source =
    data === undefined ? { type: 'url', url: part.url } : { type: 'base64', media_type: mediaType, data };
  return [{ type, source } as ContentBlock];
}

function answerBlock(part: Part): ContentBlock[] {
  if (part.type === 'text') return part.text.trim() === '' ? [] : [{ type: 'text', text: part.text }];
  if (part.type === 'reasoning') {
    const signature = part.providerMetadata?.[metadataName]?.signature;
    return isText(signature) ? [{ type: 'thinking', thinking: part.text, signature }] : [];
  }
  const call = toolOf(part);
  // A call without a result would be refused: it was cut off, or nobody has answered it.
  if (call === undefined || !isAnswered(call.state)) return [];
  const input = isObject(call.input) ? call.input : {};
  return [{ type: 'tool_use', id: call.toolCallId, name: call.name, input }];
}

function toolResult(part: Part): ContentBlock[] {
  const call = toolOf(part);
  if (call === undefined || !isAnswered(call.state)) return [];
  const failed = call.state !== 'output-available';
  const output = failed ? (call.errorText ?? 'The tool was not allowed to run.') : call.output;
  const content = typeof output === 'string' ? output : (JSON.stringify(output) ?? '');
  return [{ type: 'tool_result', tool_use_id: call.toolCallId, content, ...(failed && { is_error: true }) }];
}

interface ToolCall {
  readonly name: string;
  readonly toolCallId: string;
  readonly state: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly errorText?: string;
}

function toolOf(part: Part): ToolCall | undefined {
  if (part.type === 'dynamic-tool') return { ...part, name: part.toolName };
  if (!part.type.startsWith('tool-')) return undefined;
  return { ...(part as unknown as ToolCall), name: part.type.slice('tool-'.length) };
}

function isAnswered(state: string): boolean {
  return state === 'output-available' || state === 'output-error' || state === 'output-denied';
}
