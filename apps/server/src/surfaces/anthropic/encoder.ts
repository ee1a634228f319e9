import {
  type AssistantMessage,
  Burst,
  type EncodedEvent,
  type GenerationStop,
  type MessageEvent,
  type StopInfo,
  type Usage,
} from '@streambed/protocol';
import type { Outgoing } from '../../socket/outgoing.ts';
import type { LogBatch } from '../../stream-log/stream-log.ts';
import type { AnswerEncoder } from '../kit/dialect.ts';
import { errorOfEnd } from '../kit/ending.ts';
import { sseBurst, sseEvent } from '../kit/sse.ts';
import { errorEvent } from './dialect.ts';

/**
 * Writes the log's events as Anthropic's stream, which they are: Claude's own text goes out as it came. Other models leave
 * out counts that Anthropic's clients need as numbers, and end in ways that Anthropic has other words for. Their clients
 * take `message_stop` for the end: it is held until it is known what follows, so that nobody takes a broken answer for a
 * good one, and whoever has seen it will find it in the ledger.
 */
export class AnthropicEncoder implements AnswerEncoder {
  readonly #requestId: string;
  #held: string | undefined;

  constructor(requestId: string) {
    this.#requestId = requestId;
  }

  encode({ items }: LogBatch): readonly Outgoing[] {
    const outgoing: Outgoing[] = [];
    for (const item of items) {
      if (item instanceof Burst) {
        this.#release(outgoing);
        outgoing.push(sseBurst(item));
        continue;
      }
      const { event } = item;
      const error = event.type === 'generation_stop' ? errorOfEnd(event) : undefined;
      if (error !== undefined) {
        this.#held = undefined;
        outgoing.push(errorEvent(error, this.#requestId));
      }
      this.#release(outgoing);
      if (event.type === 'generation_stop') continue;
      const text = sseEvent(event.type, jsonOf(item, event));
      if (event.type === 'message_stop') this.#held = text;
      else outgoing.push(text);
    }
    return outgoing;
  }

  #release(outgoing: Outgoing[]): void {
    if (this.#held !== undefined) outgoing.push(this.#held);
    this.#held = undefined;
  }

  whole(message: AssistantMessage, _stop: GenerationStop): object {
    return { ...message, stop_reason: stopReason(message.stop_reason), usage: withCounts(message.usage) };
  }
}

function jsonOf({ json }: EncodedEvent, event: MessageEvent): string {
  switch (event.type) {
    case 'message_start': {
      const usage = withCounts(event.message.usage);
      if (usage === event.message.usage) return json;
      return JSON.stringify({ ...event, message: { ...event.message, usage } });
    }
    case 'message_delta': {
      const delta = withStopReason(event.delta);
      const usage = withOutputCount(event.usage ?? {});
      return delta === event.delta && usage === event.usage
        ? json
        : JSON.stringify({ ...event, delta, usage });
    }
    default:
      return json;
  }
}

/** Anthropic's word where Bedrock has one of its own; that one stays in `raw`. */
function withStopReason(delta: StopInfo): StopInfo {
  const { stop_reason: theirs } = delta;
  const ours = stopReason(theirs);
  return ours === theirs ? delta : { raw: theirs as string, ...delta, stop_reason: ours };
}

function stopReason(reason: StopInfo['stop_reason']): StopInfo['stop_reason'] {
  return reason === 'guardrail_intervened' || reason === 'content_filtered' ? 'refusal' : reason;
}

/** The two counts that every Anthropic client reads as numbers; the same object where they are there. */
function withCounts(usage: Usage): Usage {
  const counted = withOutputCount(usage);
  return typeof counted.input_tokens === 'number' ? counted : { ...counted, input_tokens: 0 };
}

/** Anthropic counts thinking as output. */
function withOutputCount(usage: Usage): Usage {
  const { output_tokens: output, thinking_tokens: thinking, ...rest } = usage;
  if (typeof output === 'number' && thinking === undefined) return usage;
  return {
    ...rest,
    output_tokens: (output ?? 0) + (thinking ?? 0),
    ...(thinking !== undefined && { output_tokens_details: { thinking_tokens: thinking } }),
  };
}
