import {
  type AssistantMessage,
  Burst,
  type ContentBlock,
  type Delta,
  type GenerationEvent,
  type GenerationStop,
  isBlock,
  StreambedError,
} from '@streambed/protocol';
import type { Outgoing } from '../../../socket/outgoing.ts';
import type { LogBatch } from '../../../stream-log/stream-log.ts';
import type { AnswerEncoder, Started } from '../../kit/dialect.ts';
import type { OpenAiDialect } from '../shared/errors.ts';
import { type AnswerHead, chatCompletion, headOf } from './answer.ts';
import { type FinishReason, finishOf } from './finish.ts';
import { mustComeBack, type ReasoningDetail, reasoningDetails, ThinkingInStream } from './thinking.ts';
import { chatUsage } from './usage.ts';

/** What an encoder must know of the request. */
export interface ChatAnswer {
  readonly started: Started;
  /** As it was asked for. */
  readonly model: string;
  /** Whether the stream shall say what was used. */
  readonly includeUsage: boolean;
  readonly dialect: OpenAiDialect;
  /** Told of the calls of an answer whose thinking must come back with their results. */
  readonly remember?: (callIds: readonly string[]) => void;
}

/** A tool call that is being written. */
interface Call {
  /** Its place among the answer's calls. */
  readonly index: number;
  /** Its arguments as they stood at its start. */
  readonly input: unknown;
  begun: boolean;
}

/** Writes an answer as a chat completion: in chunks, or whole. */
export class ChatEncoder implements AnswerEncoder {
  readonly #answer: ChatAnswer;
  #head: AnswerHead;
  /** A chunk's text before its delta; the same for all chunks of an answer. */
  #opening: string;
  /** A chunk's text after the delta, while nothing has ended. */
  readonly #closing: string;
  #hasRole = false;
  /** The calls that are open, by their block's index. */
  readonly #open = new Map<number, Call>();
  readonly #callIds: string[] = [];
  readonly #thinking = new ThinkingInStream();

  constructor(answer: ChatAnswer) {
    this.#answer = answer;
    const { started, model, includeUsage } = answer;
    this.#head = headOf(started.generation, started.createdAt, model);
    this.#opening = openingOf(this.#head);
    this.#closing = `,"logprobs":null,"finish_reason":null}]${includeUsage ? ',"usage":null' : ''}}\n\n`;
  }

  encode({ items }: LogBatch): readonly Outgoing[] {
    const outgoing: Outgoing[] = [];
    for (const item of items) {
      if (item instanceof Burst) this.#encodeBurst(item, outgoing);
      else this.#encode(item.event, outgoing);
    }
    return outgoing;
  }

  /** The same as for its events, one by one. */
  #encodeBurst(burst: Burst, into: Outgoing[]): void {
    const parts = this.#deltaAround(burst);
    if (parts === undefined) {
      for (const { event } of burst.events()) this.#encode(event, into);
      return;
    }
    const [before, after] = parts;
    if (burst.kind === 'thinking_delta') this.#thinking.think(burst.index, burst.text);
    into.push({
      burst,
      before: '',
      between: this.#opening + before,
      after: after + this.#closing,
    });
  }

  /** What stands before and behind what each of them says; nothing where some of them are left out. */
  #deltaAround({ index, kind, ends }: Burst): readonly [string, string] | undefined {
    if (kind === 'text_delta') return ['{"content":"', '"}'];
    if (kind === 'thinking_delta') return ['{"reasoning_content":"', '"}'];
    const call = this.#open.get(index);
    if (call === undefined || ends.some((end, at) => end === (ends[at - 1] ?? 0))) return undefined;
    call.begun = true;
    return [`{"tool_calls":[{"index":${call.index},"function":{"arguments":"`, '"}}]}'];
  }

  whole(message: AssistantMessage, stop: GenerationStop): object {
    const { started, model } = this.#answer;
    const head = headOf(started.generation, started.createdAt, message.model || model);
    const ids = message.content.flatMap((block) => (isBlock(block, 'tool_use') ? [block.id] : []));
    this.#remember(ids, reasoningDetails(message.content));
    return chatCompletion(head, message, stop);
  }

  #encode(event: GenerationEvent, into: Outgoing[]): void {
    this.#thinking.add(event);
    switch (event.type) {
      case 'message_start':
        this.#startMessage(event.message, into);
        return;
      case 'content_block_start':
        this.#startBlock(event.index, event.content_block, into);
        return;
      case 'content_block_delta':
        this.#writeDelta(event.index, event.delta, into);
        return;
      case 'content_block_stop':
        this.#stopBlock(event.index, into);
        return;
      case 'generation_stop':
        this.#finish(event, into);
        return;
      default:
    }
  }

  #startMessage(message: AssistantMessage, into: Outgoing[]): void {
    this.#open.clear();
    if (this.#hasRole) return;
    const { started, model } = this.#answer;
    this.#head = headOf(started.generation, started.createdAt, message.model || model);
    this.#opening = openingOf(this.#head);
    this.#writeRole(into);
  }

  #writeRole(into: Outgoing[]): void {
    if (this.#hasRole) return;
    this.#hasRole = true;
    this.#write({ role: 'assistant', content: '', refusal: null }, into);
  }

  #startBlock(block: number, content: ContentBlock, into: Outgoing[]): void {
    if (isBlock(content, 'text') && content.text !== '') this.#write({ content: content.text }, into);
    if (!isBlock(content, 'tool_use')) return;
    const { id, name, input } = content;
    const index = this.#callIds.push(id) - 1;
    this.#open.set(block, { index, input, begun: false });
    this.#write({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }, into);
  }

  #writeDelta(block: number, delta: Delta, into: Outgoing[]): void {
    switch (delta.type) {
      case 'text_delta':
        this.#write({ content: delta.text }, into);
        return;
      case 'thinking_delta':
        this.#write({ reasoning_content: delta.thinking }, into);
        return;
      case 'input_json_delta': {
        const call = this.#open.get(block);
        if (call !== undefined && delta.partial_json !== '')
          this.#writeArguments(call, delta.partial_json, into);
        return;
      }
      default:
    }
  }

  /** A call without arguments has none in the stream, and clients parse what they got: that must be an object. */
  #stopBlock(block: number, into: Outgoing[]): void {
    const call = this.#open.get(block);
    this.#open.delete(block);
    if (call !== undefined && !call.begun) this.#writeArguments(call, JSON.stringify(call.input ?? {}), into);
  }

  #writeArguments(call: Call, text: string, into: Outgoing[]): void {
    call.begun = true;
    this.#write({ tool_calls: [{ index: call.index, function: { arguments: text } }] }, into);
  }

  #finish(stop: GenerationStop, into: Outgoing[]): void {
    const finish = finishOf(stop, this.#callIds.length > 0);
    if (finish instanceof StreambedError) {
      into.push(`data: ${JSON.stringify({ error: this.#answer.dialect.inStream(finish) })}\n\n`);
      return;
    }
    this.#writeRole(into);
    this.#writeEnd(finish, stop, into);
  }

  #writeEnd(finish: FinishReason, { usage }: GenerationStop, into: Outgoing[]): void {
    const { details } = this.#thinking;
    this.#remember(this.#callIds, details);
    // Once and whole: the SDKs' helpers keep only the last value of a field that they don't know.
    if (details.length > 0) this.#write({ reasoning_details: details }, into);
    const { includeUsage } = this.#answer;
    into.push(
      `${this.#opening}{},"logprobs":null,"finish_reason":"${finish}"}]${includeUsage ? ',"usage":null' : ''}}\n\n`,
    );
    const counts = includeUsage ? chatUsage(usage) : undefined;
    if (counts !== undefined) {
      into.push(`data: ${JSON.stringify({ ...chunkHead(this.#head), choices: [], usage: counts })}\n\n`);
    }
    into.push('data: [DONE]\n\n');
  }

  #remember(callIds: readonly string[], details: readonly ReasoningDetail[]): void {
    if (callIds.length > 0 && details.some(mustComeBack)) this.#answer.remember?.(callIds);
  }

  #write(delta: object, into: Outgoing[]): void {
    into.push(this.#opening + JSON.stringify(delta) + this.#closing);
  }
}

function chunkHead({ id, created, model, system_fingerprint }: AnswerHead): object {
  return { id, object: 'chat.completion.chunk', created, model, system_fingerprint };
}

function openingOf(head: AnswerHead): string {
  return `data: ${JSON.stringify(chunkHead(head)).slice(0, -1)},"choices":[{"index":0,"delta":`;
}
