import type {
  AssistantMessage,
  ContentBlock,
  Delta,
  GenerationEvent,
  GenerationStop,
} from '@streambed/protocol';
import { CalledTool, type ToolName } from './called-tool.ts';
import { CallWriter, type ItemWriter, MessageWriter, ReasoningWriter } from './item-writers.ts';
import type { ResponseEvent, ResponseFrame, ResponseObject, ResponseStep } from './output-types.ts';
import { responseAtEnd, responseInProgress, whyIncomplete } from './response-object.ts';

/** What the request says about its answer's form. */
export interface ResponseForm {
  readonly frame: ResponseFrame;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** What tools are called in the request, by what the model was told. */
  readonly tools: ReadonlyMap<string, ToolName>;
  /** Whether reasoning items carry their `encrypted_content`. */
  readonly sealed: boolean;
}

/**
 * Turns a generation's events into the events of a response. A pure function of the form and the list of events, from
 * the first one on: how they were batched changes nothing, so an event has the same number on every reading. Give it the
 * log's own events and never merged ones.
 */
export class ResponseEncoder {
  readonly #form: ResponseForm;
  readonly #writers: ItemWriter[] = [];
  /** The open blocks' writers, by the index in the message. */
  readonly #open = new Map<number, ItemWriter>();
  /** Writers whose block has stopped. Whether they are whole is known only from what comes next. */
  #stopped: ItemWriter[] = [];
  /** How many blocks earlier messages of this generation had. */
  #blocksBefore = 0;
  #blocks = 0;
  #sequence = 0;
  #ended: ResponseObject | undefined;

  constructor(form: ResponseForm) {
    this.#form = form;
  }

  /** The response as it stands. */
  get response(): ResponseObject {
    return this.#ended ?? responseInProgress(this.#form.frame, this.#output);
  }

  /** What stands before everything else; nothing the second time. */
  begin(): ResponseEvent[] {
    if (this.#sequence > 0) return [];
    const response = responseInProgress(this.#form.frame);
    return this.#number([
      { type: 'response.created', response },
      { type: 'response.in_progress', response },
    ]);
  }

  /** The events that one event of the generation becomes, after {@link begin}'s where nothing came before. */
  read(event: GenerationEvent): ResponseEvent[] {
    const events = this.begin();
    const steps: ResponseStep[] = [];
    this.#read(event, steps);
    for (const numbered of this.#number(steps)) events.push(numbered);
    return events;
  }

  /** The response of a whole answer. */
  static whole(form: ResponseForm, message: AssistantMessage, stop: GenerationStop): ResponseObject {
    const encoder = new ResponseEncoder(form);
    for (const [index, content_block] of message.content.entries()) {
      encoder.read({ type: 'content_block_start', index, content_block });
      encoder.read({ type: 'content_block_stop', index });
    }
    const { stop_reason } = message;
    encoder.read({ type: 'message_delta', delta: { stop_reason } });
    encoder.read(stop);
    return encoder.response;
  }

  #number(steps: readonly ResponseStep[]): ResponseEvent[] {
    return steps.map((step) => ({ ...step, sequence_number: this.#sequence++ }));
  }

  get #output() {
    return this.#writers.map((writer) => writer.item);
  }

  #read(event: GenerationEvent, into: ResponseStep[]): void {
    switch (event.type) {
      case 'message_start':
        this.#settle('completed', into);
        this.#blocksBefore += this.#blocks;
        this.#blocks = 0;
        break;
      case 'content_block_start':
        this.#start(event.index, event.content_block, into);
        break;
      case 'content_block_delta':
        this.#grow(event.index, event.delta, into);
        break;
      case 'content_block_stop': {
        const writer = this.#open.get(event.index);
        this.#open.delete(event.index);
        if (writer !== undefined) this.#stopped.push(writer);
        break;
      }
      case 'message_delta': {
        const cut = whyIncomplete(event.delta.stop_reason) !== undefined;
        this.#settle(cut ? 'incomplete' : 'completed', into);
        break;
      }
      case 'generation_stop':
        this.#end(event, into);
        break;
      default:
        break;
    }
  }

  #start(index: number, block: ContentBlock, into: ResponseStep[]): void {
    this.#blocks = Math.max(this.#blocks, index + 1);
    const last = this.#writers.at(-1);
    const goesOn = block.type === 'text' && last instanceof MessageWriter && this.#stopped.includes(last);
    if (goesOn) this.#stopped = this.#stopped.filter((writer) => writer !== last);
    this.#settle('completed', into);
    const writer = goesOn ? last : this.#writerFor(block, this.#blocksBefore + index);
    if (writer === undefined) return;
    if (!goesOn) this.#writers.push(writer);
    this.#open.set(index, writer);
    writer.open(block, into);
  }

  /** Nothing for blocks that the Responses API has no item for: what ran on the model's side. */
  #writerFor(block: ContentBlock, number: number): ItemWriter | undefined {
    const { frame, sealed, tools } = this.#form;
    const place = { responseId: frame.id, block: number, output_index: this.#writers.length };
    switch (block.type) {
      case 'text':
        return new MessageWriter(place);
      case 'thinking':
      case 'redacted_thinking':
        return new ReasoningWriter(place, sealed);
      case 'tool_use': {
        const name = String(block.name);
        return new CallWriter(place, new CalledTool(tools.get(name) ?? { kind: 'function', name }));
      }
      default:
        return undefined;
    }
  }

  #grow(index: number, delta: Delta, into: ResponseStep[]): void {
    const writer = this.#open.get(index);
    if (writer instanceof MessageWriter) {
      if (delta.type === 'text_delta') writer.text(delta.text, into);
      else if (delta.type === 'citations_delta') writer.cite(delta.citation, into);
    } else if (writer instanceof ReasoningWriter) {
      if (delta.type === 'thinking_delta') writer.think(delta.thinking, into);
      else if (delta.type === 'signature_delta') writer.sign(delta.signature);
    } else if (writer instanceof CallWriter && delta.type === 'input_json_delta') {
      writer.write(delta.partial_json, into);
    }
  }

  /** Closes what has stopped. Only the last item of an answer can be the one that was cut short. */
  #settle(last: 'completed' | 'incomplete', into: ResponseStep[]): void {
    const stopped = this.#stopped;
    this.#stopped = [];
    for (const writer of stopped) {
      const isCut = last === 'incomplete' && writer === this.#writers.at(-1);
      const isWhole = writer instanceof CallWriter && writer.isWhole;
      writer.close(isCut && !isWhole ? 'incomplete' : 'completed', into);
    }
  }

  #end(stop: GenerationStop, into: ResponseStep[]): void {
    if (this.#ended !== undefined) return;
    if (stop.state === 'completed') this.#settle('completed', into);
    // What is still open was never finished. It is said so in the output, and not called done.
    for (const writer of [...this.#stopped, ...this.#open.values()]) writer.close('incomplete', []);
    const { frame, startedAt } = this.#form;
    const response = responseAtEnd(frame, this.#output, stop, startedAt);
    this.#ended = response;
    const { error } = response;
    if (error !== null) {
      const { code, message, param } = error;
      into.push({ type: 'error', code, message, param, error }, { type: 'response.failed', response });
    } else if (response.status === 'completed') into.push({ type: 'response.completed', response });
    else into.push({ type: 'response.incomplete', response });
  }
}
