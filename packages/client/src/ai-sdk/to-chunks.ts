import type { ContentBlock, GenerationStop } from '@streambed/protocol';
import type { FinishReason, UIMessageChunk } from 'ai';
import type { ReadEvent } from '../event-queue.ts';
import { isText } from '../frames.ts';
import { metadataName } from './to-messages.ts';

/** What is known of a block until it stops. */
interface OpenBlock {
  readonly block: ContentBlock;
  json: string;
  signature: string;
}

/**
 * A generation's events as the AI SDK's chunks. `messageId` is the message they build: the same generation always
 * builds the same one, so that a stream that is read again replaces it.
 */
export function chunksOf(messageId: string): (event: ReadEvent) => readonly UIMessageChunk[] {
  const open = new Map<number, OpenBlock>();
  let begun = false;

  const begin = (): UIMessageChunk[] => {
    if (begun) return [];
    begun = true;
    return [{ type: 'start', messageId }, { type: 'start-step' }];
  };

  return (event) => {
    switch (event.type) {
      case 'reset':
        open.clear();
        return begun ? [{ type: 'reset-step' }] : [];
      case 'message_start':
        return begin();
      case 'content_block_start': {
        open.set(event.index, { block: event.content_block, json: '', signature: '' });
        return [...begin(), ...blockStart(event.content_block, String(event.index))];
      }
      case 'content_block_delta': {
        const { index, delta } = event;
        const of = open.get(index);
        if (of === undefined) return [];
        const id = String(index);
        if (delta.type === 'text_delta') return [{ type: 'text-delta', id, delta: delta.text }];
        if (delta.type === 'thinking_delta') return [{ type: 'reasoning-delta', id, delta: delta.thinking }];
        if (delta.type === 'signature_delta') of.signature += delta.signature;
        if (delta.type !== 'input_json_delta' || !isText(of.block.id)) return [];
        of.json += delta.partial_json;
        return [{ type: 'tool-input-delta', toolCallId: of.block.id, inputTextDelta: delta.partial_json }];
      }
      case 'content_block_stop': {
        const of = open.get(event.index);
        open.delete(event.index);
        return of === undefined ? [] : blockStop(of, String(event.index));
      }
      case 'generation_stop':
        return [...begin(), ...end(event)];
      default:
        return [];
    }
  };
}

function blockStart(block: ContentBlock, id: string): UIMessageChunk[] {
  switch (block.type) {
    case 'text':
      return [
        { type: 'text-start', id },
        ...(isText(block.text) ? [{ type: 'text-delta' as const, id, delta: block.text }] : []),
      ];
    case 'thinking':
      return [{ type: 'reasoning-start', id }];
    case 'tool_use':
      return [{ type: 'tool-input-start', toolCallId: String(block.id), toolName: String(block.name) }];
    default:
      return [];
  }
}

function blockStop({ block, json, signature }: OpenBlock, id: string): UIMessageChunk[] {
  switch (block.type) {
    case 'text':
      return [{ type: 'text-end', id }];
    case 'thinking':
      return [
        {
          type: 'reasoning-end',
          id,
          ...(signature !== '' && { providerMetadata: { [metadataName]: { signature } } }),
        },
      ];
    case 'tool_use': {
      const call = { toolCallId: String(block.id), toolName: String(block.name) };
      if (json.trim() === '') return [{ type: 'tool-input-available', ...call, input: block.input ?? {} }];
      try {
        return [{ type: 'tool-input-available', ...call, input: JSON.parse(json) }];
      } catch {
        const errorText = 'The arguments were cut off before they were complete.';
        return [{ type: 'tool-input-error', ...call, input: json, errorText }];
      }
    }
    default:
      return [];
  }
}

const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  guardrail_intervened: 'content-filter',
  content_filtered: 'content-filter',
};

function end({ state, stop_reason, usage, cost, timing, error }: GenerationStop): UIMessageChunk[] {
  switch (state) {
    case 'completed':
      return [
        { type: 'finish-step' },
        {
          type: 'finish',
          finishReason: finishReasons[stop_reason ?? ''] ?? 'other',
          messageMetadata: { usage, cost, timing },
        },
      ];
    case 'cancelled':
      return [{ type: 'abort', reason: 'cancelled' }];
    default:
      return [{ type: 'error', errorText: error?.message ?? `The answer ended ${state}.` }];
  }
}
