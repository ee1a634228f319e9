import type { Span } from '@streambed/event-stream';
import {
  type AssistantMessage,
  type EventItem,
  encodeEvent,
  type GenerationEvent,
  type MessagesRequest,
  mergeUsage,
  type StopInfo,
  StreambedError,
  type Usage,
} from '@streambed/protocol';
import {
  type Chunk,
  type Fields,
  isFields,
  openChunk,
  parseFields,
  splitBedrockFields,
  unexpected,
} from './chunk.ts';
import { claudeParts } from './claude-parts.ts';
import { DeltaReader } from './delta-reader.ts';
import type {
  Asked,
  FamilyModel,
  ModelFamily,
  WireEnd,
  WireEvent,
  WireReader,
  WireRequest,
} from './family.ts';
import { invokeExtras } from './invoke-extras.ts';
import { messageStart } from './message-start.ts';
import { unfold } from './unfold.ts';

/**
 * Claude's native body is the Messages API itself, so requests and events pass as they are. Bedrock's differences: the
 * URL names model and streaming, `anthropic_version` stands in the body, betas in `anthropic_beta`.
 */
export const claude: ModelFamily = {
  name: 'claude',

  owns: ({ id, facts }) =>
    facts?.nativeBody === 'claude-messages' || (facts === undefined && id.startsWith('anthropic.')),

  can: ({ facts }) => ({
    tools: facts?.tools ?? true,
    images: facts?.modalities.input.includes('image') ?? true,
    documents: facts?.modalities.input.includes('pdf') ?? true,
    thinking: facts?.thinking?.supported ?? true,
    promptCache: facts?.promptCaching?.supported ?? true,
  }),

  toWire(request, model, stream, metadata = {}): WireRequest {
    // Claude Opus 4.7 and later take sampling parameters only at the value they have anyway.
    if (model.facts?.samplingParams === false) refuseSampling(request, model.facts.name);
    const {
      model: _model,
      stream: _stream,
      bedrock,
      ...body
    } = request as MessagesRequest & { stream?: unknown };
    const { headers, fields } = invokeExtras(bedrock, metadata);
    const { dropped, ...parts } = claudeParts(request, model.id);
    const topPDropped = dropTopP(body, model);
    return {
      api: 'invoke',
      stream,
      body: JSON.stringify({ anthropic_version: 'bedrock-2023-05-31', ...body, ...parts, ...fields }),
      headers,
      dropped: topPDropped ? [...dropped, 'top_p'] : dropped,
    };
  },

  fromWire: (_model: FamilyModel, asked: Asked) => new ClaudeReader(asked),

  toCount(request, model) {
    const { body } = claude.toWire(request, model, false);
    return { invokeModel: { body: Buffer.from(body).toString('base64') } };
  },
};

/** Most clients fill in both; some Claudes refuse the pair. The temperature says more. */
function dropTopP(body: { temperature?: unknown; top_p?: unknown }, { facts }: FamilyModel): boolean {
  const both = body.temperature !== undefined && body.top_p !== undefined;
  if (!both || facts?.oneSamplingParam !== true) return false;
  delete body.top_p;
  return true;
}

function refuseSampling(request: MessagesRequest, name: string): void {
  const neutral = { temperature: 1, top_p: 1, top_k: undefined };
  for (const field of ['temperature', 'top_p', 'top_k'] as const) {
    const value = request[field];
    if (value === undefined || value === neutral[field]) continue;
    throw new StreambedError('SB_UNSUPPORTED', `${name} takes no ${field}. Leave it out.`, {
      field: `request.${field}`,
    });
  }
}

class ClaudeReader implements WireReader {
  readonly #asked: Asked;
  usage: Usage = {};
  #stop: StopInfo = { stop_reason: null };
  #ended = false;
  #metrics: Fields | undefined;
  #bedrock: Fields | undefined;
  /** Old text completions (claude-v2 asked with `prompt`) come in another shape; their block is open from here on. */
  #completion = false;
  readonly #deltas = new DeltaReader();

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  readDelta(type: string, payload: Span, into: EventItem[]): boolean {
    return type === 'chunk' && this.#deltas.read(payload, into);
  }

  read(event: WireEvent, into: EventItem[]): void {
    this.#deltas.flush(into);
    this.#parse(event, into);
  }

  flush(into: EventItem[]): void {
    this.#deltas.flush(into);
  }

  #parse(event: WireEvent, into: EventItem[]): void {
    const chunk = openChunk(event);
    if (chunk === undefined) return;
    const { own, metrics, bedrock } = splitBedrockFields(chunk.fields);
    this.#metrics = metrics ?? this.#metrics;
    if (bedrock !== undefined) this.#bedrock = { ...this.#bedrock, ...bedrock };
    if (typeof own.completion === 'string') this.#readCompletion(own, into);
    else this.#readEvent(own, chunk, into);
  }

  readWhole(body: string, into: EventItem[]): void {
    const { own, bedrock } = splitBedrockFields(parseFields(body));
    this.#bedrock = bedrock;
    if (typeof own.completion === 'string') {
      this.#readCompletion(own, into);
      return;
    }
    if (own.type !== 'message' || !Array.isArray(own.content)) throw unexpected();
    const message = { ...own, usage: own.usage ?? {} } as unknown as AssistantMessage;
    this.usage = message.usage;
    this.#stop = { stop_reason: message.stop_reason, stop_sequence: message.stop_sequence };
    this.#ended = true;
    unfold(message, into);
  }

  end(): WireEnd {
    if (!this.#ended) throw new StreambedError('SB_UPSTREAM_CUT');
    return {
      stop: this.#stop,
      usage: this.usage,
      ...(this.#metrics !== undefined && { metrics: this.#metrics }),
      ...(this.#bedrock !== undefined && { bedrock: this.#bedrock }),
    };
  }

  #readEvent(own: Fields, { fields, text }: Chunk, into: EventItem[]): void {
    if (typeof own.type !== 'string') throw unexpected();
    // Bedrock sends exceptions as frames of their own; this is how Anthropic itself says it.
    if (own.type === 'error') throw modelError(own.error);
    const event = own as unknown as GenerationEvent;
    if (event.type === 'message_start') this.usage = mergeUsage(this.usage, event.message.usage);
    if (event.type === 'message_delta') {
      this.usage = mergeUsage(this.usage, event.usage);
      this.#stop = {
        stop_reason: event.delta.stop_reason,
        ...(event.delta.stop_sequence !== undefined && { stop_sequence: event.delta.stop_sequence }),
      };
    }
    if (event.type === 'message_stop') this.#ended = true;
    // As it came, unless Bedrock's own keys were taken out or it would break a line-based encoding.
    const asItCame = own === fields && !text.includes('\n') && !text.includes('\r');
    into.push(asItCame ? { event, json: text } : { event, json: JSON.stringify(own) });
    if (asItCame && event.type === 'content_block_delta') this.#deltas.learn(text);
  }

  /** `{completion, stop_reason, stop}`: a piece of text, or all of it; the last one says why it stopped. */
  #readCompletion({ completion, stop_reason, stop }: Fields, into: EventItem[]): void {
    if (!this.#completion) {
      this.#completion = true;
      into.push(
        messageStart(this.#asked, this.#asked.request.model),
        encodeEvent({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      );
    }
    if (completion !== '') {
      const delta = { type: 'text_delta', text: String(completion) } as const;
      into.push(encodeEvent({ type: 'content_block_delta', index: 0, delta }));
    }
    if (typeof stop_reason !== 'string') return;
    this.#ended = true;
    this.usage = usageOfMetrics(this.#metrics);
    // `\n\nHuman:` is the format's own end of a turn, nothing the caller asked to stop at.
    const turnEnded = stop_reason === 'stop_sequence' && stop === '\n\nHuman:';
    this.#stop = {
      stop_reason: turnEnded ? 'end_turn' : stop_reason,
      stop_sequence: turnEnded || typeof stop !== 'string' ? null : stop,
      ...(turnEnded && { raw: stop_reason }),
    };
    const { raw: _, ...delta } = this.#stop;
    into.push(
      encodeEvent({ type: 'content_block_stop', index: 0 }),
      encodeEvent({ type: 'message_delta', delta, usage: this.usage }),
      encodeEvent({ type: 'message_stop' }),
    );
  }
}

function usageOfMetrics(metrics: Fields | undefined): Usage {
  const { inputTokenCount: input, outputTokenCount: output } = metrics ?? {};
  return {
    ...(typeof input === 'number' && { input_tokens: input }),
    ...(typeof output === 'number' && { output_tokens: output }),
  };
}

function modelError(error: unknown): StreambedError {
  const { type, message } = isFields(error) ? error : {};
  return new StreambedError('SB_MODEL_ERROR', undefined, {
    upstream: {
      ...(typeof type === 'string' && { name: type }),
      ...(typeof message === 'string' && { message }),
    },
  });
}
