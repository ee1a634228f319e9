import {
  type ContentBlock,
  type EncodedEvent,
  encodeEvent,
  isBlock,
  type MessagesRequest,
  type StopInfo,
  StreambedError,
  type Usage,
} from '@streambed/protocol';
import { type Fields, openChunk, parseFields, splitBedrockFields, unexpected } from './chunk.ts';
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
import { llama2, llama3, type Turn } from './llama-template.ts';
import { messageStart } from './message-start.ts';
import { createStopMatcher, type StopMatcher } from './stop-sequences.ts';

/** Bedrock's limit of `max_gen_len`, whatever the model could do. */
const maxGenLen = 2048;

/** Fields that change what is asked for are refused; any other that has no place in the body is left out, and said so. */
const refusable = ['tools', 'tool_choice', 'thinking', 'output_config', 'output_format', 'mcp_servers'];
const carried = new Set([
  'model',
  'stream',
  'max_tokens',
  'messages',
  'system',
  'temperature',
  'top_p',
  'stop_sequences',
  'bedrock',
]);

/**
 * Meta Llama 2 and 3, native: the whole conversation is one prompt text. There are no tools, images and stop sequences
 * on the wire; stop sequences are met here, and the stream is closed then. Llama 4 speaks Converse.
 */
export const llama: ModelFamily = {
  name: 'llama',
  // What looks like one of its own tokens is taken apart.
  rewritesTexts: true,

  owns: ({ id }) => /^meta\.llama[23]-/.test(id),

  can: () => ({ tools: false, images: false, documents: false, thinking: false, promptCache: false }),

  toWire(request, model, stream, metadata = {}): WireRequest {
    const dropped = checkFields(request);
    const { headers, fields } = invokeExtras(request.bedrock, metadata);
    const prompt = templateOf(model).print(turnsOf(request, dropped));
    const { temperature, top_p } = request;
    const clamped = request.max_tokens > maxGenLen;
    return {
      api: 'invoke',
      stream,
      body: JSON.stringify({
        prompt,
        max_gen_len: Math.min(request.max_tokens, maxGenLen),
        ...(temperature !== undefined && { temperature }),
        ...(top_p !== undefined && { top_p }),
        ...fields,
      }),
      headers,
      dropped: [...dropped],
      ...(clamped && { defaulted: [`max_tokens=${maxGenLen}`] }),
    };
  },

  fromWire: (model, asked) => new LlamaReader(model, asked),
};

function templateOf(model: FamilyModel) {
  return model.id.startsWith('meta.llama2') ? llama2 : llama3;
}

function checkFields(request: MessagesRequest): Set<string> {
  const dropped = new Set<string>();
  for (const [field, value] of Object.entries(request)) {
    if (value === undefined || value === null || carried.has(field)) continue;
    if (refusable.includes(field) && !isEmpty(value)) {
      throw refuse(
        `request.${field}`,
        `Llama's native body has no ${field}. Leave it out, or call the model by Converse (bedrock.api: "converse").`,
      );
    }
    if (!refusable.includes(field)) dropped.add(field);
  }
  const empty = request.stop_sequences?.indexOf('') ?? -1;
  if (empty >= 0) {
    const field = `request.stop_sequences[${empty}]`;
    throw new StreambedError('SB_BAD_REQUEST', `${field}: expected at least one letter`, { field });
  }
  return dropped;
}

/** `tools: []` and `thinking: {type: "disabled"}` ask for nothing. */
function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) && value.length === 0) || (value as { type?: unknown }).type === 'disabled';
}

/** System prompt and messages as turns of plain text; neighbours of one role become one, as Anthropic's API has it. */
function turnsOf(request: MessagesRequest, dropped: Set<string>): readonly Turn[] {
  const turns: Turn[] = [];
  const add = (role: Turn['role'], text: string) => {
    const last = turns.at(-1);
    if (last?.role === role) turns[turns.length - 1] = { role, text: `${last.text}\n\n${text}` };
    else turns.push({ role, text });
  };
  if (request.system !== undefined) {
    const system = request.system;
    add('system', typeof system === 'string' ? system : plainText(system, 'request.system', dropped));
  }
  for (const [index, { role, content }] of request.messages.entries()) {
    const at = `request.messages[${index}].content`;
    add(role, typeof content === 'string' ? content : plainText(content, at, dropped));
  }
  return turns;
}

function plainText(blocks: readonly ContentBlock[], at: string, dropped: Set<string>): string {
  const texts: string[] = [];
  for (const [index, block] of blocks.entries()) {
    const field = `${at}[${index}]`;
    if (isBlock(block, 'text')) {
      texts.push(block.text);
      if (block.cache_control) dropped.add('cache_control');
    } else if (block.type === 'thinking' || block.type === 'redacted_thinking') {
      // Another model's thoughts: no model but their own may read them.
      dropped.add(field.replace(/^request\./, ''));
    } else {
      throw refuse(
        field,
        `Llama's native body takes only text, no ${block.type}. Leave it out, or call the model by Converse (bedrock.api: "converse").`,
      );
    }
  }
  return texts.join('\n\n');
}

function refuse(field: string, message: string): StreambedError {
  return new StreambedError('SB_UNSUPPORTED', message, { field });
}

/** Llama's words for why it stopped, and ours. */
const stopReasons: Readonly<Record<string, string>> = { stop: 'end_turn', length: 'max_tokens' };

/** Turns `{generation, prompt_token_count, generation_token_count, stop_reason}` into a Messages stream. */
class LlamaReader implements WireReader {
  readonly #asked: Asked;
  readonly #model: FamilyModel;
  readonly #matcher: StopMatcher | undefined;
  usage: Usage = {};
  done = false;
  #started = false;
  #sawText = false;
  #stop: StopInfo | undefined;
  #metrics: Fields | undefined;
  #bedrock: Fields | undefined;

  constructor(model: FamilyModel, asked: Asked) {
    this.#model = model;
    this.#asked = asked;
    const sequences = asked.request.stop_sequences ?? [];
    this.#matcher = sequences.length > 0 ? createStopMatcher(sequences) : undefined;
  }

  read(event: WireEvent, into: EncodedEvent[]): void {
    const chunk = openChunk(event);
    if (chunk !== undefined && !this.done) this.#read(chunk.fields, into);
  }

  readWhole(body: string, into: EncodedEvent[]): void {
    this.#read(parseFields(body), into);
  }

  end(into: EncodedEvent[]): WireEnd {
    if (this.#stop === undefined) {
      // What was held back in case it became a stop sequence was the model's word all the same.
      this.#delta(this.#matcher?.rest() ?? '', into);
      throw new StreambedError('SB_UPSTREAM_CUT');
    }
    return {
      stop: this.#stop,
      usage: this.usage,
      ...(this.#metrics !== undefined && { metrics: this.#metrics }),
      ...(this.#bedrock !== undefined && { bedrock: this.#bedrock }),
    };
  }

  #read(fields: Fields, into: EncodedEvent[]): void {
    const { own, metrics, bedrock } = splitBedrockFields(fields);
    this.#metrics = metrics ?? this.#metrics;
    if (bedrock !== undefined) this.#bedrock = { ...this.#bedrock, ...bedrock };
    const { generation, prompt_token_count: input, generation_token_count: output, stop_reason } = own;
    if (typeof generation !== 'string' && generation !== null) throw unexpected();
    // The counts are totals so far, and the first is there only once.
    this.usage = {
      ...this.usage,
      ...(typeof input === 'number' && { input_tokens: input }),
      ...(typeof output === 'number' && { output_tokens: output }),
    };
    if (!this.#started) this.#start(into);
    this.#text(this.#trimFirst(generation ?? ''), into);
    if (this.#matcher?.met !== undefined) {
      this.done = true;
      this.#finish({ stop_reason: 'stop_sequence', stop_sequence: this.#matcher.met }, into);
    } else if (typeof stop_reason === 'string') {
      const ours = stopReasons[stop_reason];
      const raw = ours === undefined ? undefined : { raw: stop_reason };
      this.#finish({ stop_reason: ours ?? stop_reason, stop_sequence: null, ...raw }, into);
    }
  }

  /** The template ends in two line breaks, and some models begin by writing them again. */
  #trimFirst(text: string): string {
    if (this.#sawText || text === '') return text;
    this.#sawText = true;
    return text.startsWith('\n\n') ? text.slice(2) : text;
  }

  #text(text: string, into: EncodedEvent[]): void {
    const shown = this.#matcher === undefined ? text : this.#matcher.push(text);
    this.#delta(shown, into);
  }

  #delta(text: string, into: EncodedEvent[]): void {
    if (text === '') return;
    into.push(encodeEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }));
  }

  #start(into: EncodedEvent[]): void {
    this.#started = true;
    const { input_tokens } = this.usage;
    into.push(
      messageStart(this.#asked, this.#model.id, input_tokens === undefined ? {} : { input_tokens }),
      encodeEvent({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    );
  }

  #finish(stop: StopInfo, into: EncodedEvent[]): void {
    this.#delta(this.#matcher?.rest() ?? '', into);
    this.#stop = stop;
    const { raw: _, ...delta } = stop;
    into.push(
      encodeEvent({ type: 'content_block_stop', index: 0 }),
      encodeEvent({ type: 'message_delta', delta, usage: this.usage }),
      encodeEvent({ type: 'message_stop' }),
    );
  }
}
