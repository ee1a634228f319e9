import { StreambedError, type Usage } from '@streambed/protocol';
import type { SentRequest } from '../call.ts';
import { toUsage } from '../converse/usage.ts';
import { type Fields, isFields, openChunk, parseFields, splitBedrockFields } from '../families/chunk.ts';
import type { WireEnd, WireEvent, WireReader } from '../families/family.ts';

/**
 * Reads an answer that is only relayed, as far as its end and its counts: on the invoke operations the upstream's own
 * `amazon-bedrock-invocationMetrics`, which the last chunk of every native stream has; on Converse its `usage`. Each
 * upstream event is worth one `true`.
 */
export class NativeReader implements WireReader<true> {
  usage: Usage = {};
  readonly #wire: Pick<SentRequest, 'api' | 'stream'>;
  #metrics: Fields | undefined;
  #bedrock: Fields | undefined;
  #stopReason: string | undefined;
  #ended = false;

  constructor(wire: Pick<SentRequest, 'api' | 'stream'>) {
    this.#wire = wire;
  }

  read(event: WireEvent, into: true[]): void {
    into.push(true);
    if (this.#wire.api === 'invoke') this.#readChunk(event);
    else this.#readConverseEvent(event);
  }

  /** The counts of a whole native answer stand in headers. A body that was cut off is no JSON: that throws. */
  readWhole(body: string, into: true[]): void {
    const fields = parseFields(body);
    into.push(true);
    this.#ended = true;
    if (this.#wire.api === 'converse') this.#readConverse(fields);
  }

  end(): WireEnd {
    if (!this.#ended) throw new StreambedError('SB_UPSTREAM_CUT');
    return {
      stop: { stop_reason: this.#stopReason ?? null },
      usage: this.usage,
      ...(this.#metrics !== undefined && { metrics: this.#metrics }),
      ...(this.#bedrock !== undefined && { bedrock: this.#bedrock }),
    };
  }

  #readChunk(event: WireEvent): void {
    const chunk = openChunk(event);
    if (chunk === undefined) return;
    const { metrics, bedrock } = splitBedrockFields(chunk.fields);
    if (bedrock !== undefined) this.#bedrock = { ...this.#bedrock, ...bedrock };
    if (metrics === undefined) return;
    this.#ended = true;
    this.#metrics = metrics;
    this.usage = usageOf(metrics);
  }

  #readConverseEvent({ type, payload }: WireEvent): void {
    if (type !== 'messageStop' && type !== 'metadata') return;
    const fields = parseFields(Buffer.from(payload).toString('utf8'));
    if (type === 'messageStop') this.#stopReason = textOf(fields.stopReason);
    else this.#readConverse(fields);
  }

  #readConverse({ usage, metrics, stopReason }: Fields): void {
    this.#ended = true;
    this.usage = toUsage(usage);
    this.#stopReason = textOf(stopReason) ?? this.#stopReason;
    if (isFields(metrics)) this.#metrics = metrics;
  }
}

function usageOf(metrics: Fields): Usage {
  const names = {
    input_tokens: metrics.inputTokenCount,
    output_tokens: metrics.outputTokenCount,
    cache_read_input_tokens: metrics.cacheReadInputTokenCount,
    cache_creation_input_tokens: metrics.cacheWriteInputTokenCount,
  };
  return Object.fromEntries(Object.entries(names).filter(([, count]) => typeof count === 'number'));
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
