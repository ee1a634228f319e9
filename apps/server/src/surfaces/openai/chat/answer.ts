import { createHash } from 'node:crypto';
import {
  type AssistantMessage,
  type ContentBlock,
  type GenerationId,
  type GenerationStop,
  isBlock,
  StreambedError,
} from '@streambed/protocol';
import { finishOf } from './finish.ts';
import { reasoningDetails } from './thinking.ts';
import { chatUsage } from './usage.ts';

/** What every part of one answer says of it. */
export interface AnswerHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

/** `createdAt` in milliseconds since 1970. `model`: the model's own name where it has said it, else as it was asked for. */
export function headOf(generation: GenerationId, createdAt: number, model: string): AnswerHead {
  return {
    id: `chatcmpl-${generation.replace(/^gen_/, '')}`,
    created: Math.floor(createdAt / 1000),
    model,
    // What answers here is told apart by the model alone: nothing is known of the machines behind it.
    system_fingerprint: `fp_${createHash('sha256').update(model).digest('hex').slice(0, 10)}`,
  };
}

/** A whole answer. Throws what an answer that is none ended with. */
export function chatCompletion(head: AnswerHead, message: AssistantMessage, stop: GenerationStop): object {
  const { content } = message;
  const calls = content.flatMap((block) => toolCall(block));
  const finish = finishOf(stop, calls.length > 0);
  if (finish instanceof StreambedError) throw finish;
  const text = joined(content, 'text');
  const reasoning = joined(content, 'thinking');
  const details = reasoningDetails(content);
  const usage = chatUsage(stop.usage);
  const { service_tier: tier } = message.bedrock ?? {};
  return {
    id: head.id,
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' && calls.length > 0 ? null : text,
          refusal: null,
          ...(reasoning !== '' && { reasoning_content: reasoning }),
          ...(details.length > 0 && { reasoning_details: details }),
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        logprobs: null,
        finish_reason: finish,
      },
    ],
    ...(usage !== undefined && { usage }),
    ...(tier !== undefined && { service_tier: tier }),
    system_fingerprint: head.system_fingerprint,
  };
}

function joined(content: readonly ContentBlock[], kind: 'text' | 'thinking'): string {
  return content.map((block) => (isBlock(block, kind) ? String(block[kind]) : '')).join('');
}

/** A tool call; arguments that were cut short are shown as far as they came. */
function toolCall(block: ContentBlock): object[] {
  if (!isBlock(block, 'tool_use')) return [];
  const { id, name, input, partial_json: cut } = block;
  const text = typeof cut === 'string' ? cut : JSON.stringify(input ?? {});
  return [{ id, type: 'function', function: { name, arguments: text } }];
}
