import type { Citation, ContentBlock, KnownCitation } from '@streambed/protocol';
import { annotationOf } from './annotations.ts';
import type { CalledTool } from './called-tool.ts';
import { itemIdOf, type Place } from './item-ids.ts';
import type {
  Annotation,
  CallItem,
  ItemStatus,
  MessageItem,
  OutputItem,
  OutputText,
  ReasoningItem,
  ResponseStep,
} from './output-types.ts';
import { sealThinking } from './sealed-thinking.ts';

type Steps = ResponseStep[];

/** Writes one item of the output, piece by piece. */
export interface ItemWriter {
  /** The item as it stands. */
  readonly item: OutputItem;
  /** A block of this item begins, or goes on. */
  open(block: ContentBlock, into: Steps): void;
  /** The item is over: whole, or cut short. */
  close(status: 'completed' | 'incomplete', into: Steps): void;
}

/** Text. Neighbouring text blocks are one message: Claude starts another block only for a citation. */
export class MessageWriter implements ItemWriter {
  readonly #place: Place;
  readonly #id: string;
  readonly #annotations: Annotation[] = [];
  #begun = false;
  #text = '';
  /** Where the block that is being written begins: what its citations are about. */
  #blockStart = 0;
  #status: ItemStatus = 'in_progress';

  constructor(place: Place) {
    this.#place = place;
    this.#id = itemIdOf('msg', place.responseId, place.block);
  }

  get item(): MessageItem {
    return { type: 'message', id: this.#id, role: 'assistant', status: this.#status, content: [this.#part] };
  }

  open(block: ContentBlock, into: Steps): void {
    if (!this.#begun) {
      this.#begun = true;
      const { output_index } = this.#place;
      const item: MessageItem = { ...this.item, content: [] };
      into.push(
        { type: 'response.output_item.added', output_index, item },
        { type: 'response.content_part.added', ...this.#at, part: this.#part },
      );
    }
    this.#blockStart = this.#text.length;
    if (typeof block.text === 'string') this.text(block.text, into);
    for (const citation of Array.isArray(block.citations) ? block.citations : []) this.cite(citation, into);
  }

  text(delta: string, into: Steps): void {
    if (delta === '') return;
    this.#text += delta;
    into.push({ type: 'response.output_text.delta', ...this.#at, delta, logprobs: [] });
  }

  cite(citation: Citation | KnownCitation, into: Steps): void {
    const annotation = annotationOf(citation, this.#blockStart, this.#text.length);
    if (annotation === undefined) return;
    const annotation_index = this.#annotations.push(annotation) - 1;
    into.push({
      type: 'response.output_text.annotation.added',
      ...this.#at,
      annotation,
      annotation_index,
    });
  }

  close(status: 'completed' | 'incomplete', into: Steps): void {
    this.#status = status;
    const { output_index } = this.#place;
    into.push(
      { type: 'response.output_text.done', ...this.#at, text: this.#text, logprobs: [] },
      { type: 'response.content_part.done', ...this.#at, part: this.#part },
      { type: 'response.output_item.done', output_index, item: this.item },
    );
  }

  get #at() {
    return { item_id: this.#id, output_index: this.#place.output_index, content_index: 0 };
  }

  get #part(): OutputText {
    return { type: 'output_text', text: this.#text, annotations: [...this.#annotations], logprobs: [] };
  }
}

/** Thinking. What the model shows of it stands in the summary, the one place that every client reads. */
export class ReasoningWriter implements ItemWriter {
  readonly #place: Place;
  readonly #sealed: boolean;
  readonly #id: string;
  #block: ContentBlock = { type: 'thinking', thinking: '' };
  #thinking: string | undefined;
  #signature: string | undefined;
  #status: ItemStatus = 'in_progress';

  /** `sealed`: the item carries its `encrypted_content`. */
  constructor(place: Place, sealed: boolean) {
    this.#place = place;
    this.#sealed = sealed;
    this.#id = itemIdOf('rs', place.responseId, place.block);
  }

  get item(): ReasoningItem {
    const shown = this.#thinking;
    return {
      type: 'reasoning',
      id: this.#id,
      status: this.#status,
      summary: shown === undefined ? [] : [{ type: 'summary_text', text: shown }],
      ...(this.#sealed && { encrypted_content: this.#status === 'completed' ? this.#seal() : null }),
    };
  }

  open(block: ContentBlock, into: Steps): void {
    this.#block = block;
    into.push({
      type: 'response.output_item.added',
      output_index: this.#place.output_index,
      item: this.item,
    });
    if (typeof block.thinking === 'string') this.think(block.thinking, into);
    if (typeof block.signature === 'string') this.sign(block.signature);
  }

  think(delta: string, into: Steps): void {
    if (delta === '') return;
    if (this.#thinking === undefined) {
      this.#thinking = '';
      const part = { type: 'summary_text', text: '' } as const;
      into.push({ type: 'response.reasoning_summary_part.added', ...this.#at, part });
    }
    this.#thinking += delta;
    into.push({ type: 'response.reasoning_summary_text.delta', ...this.#at, delta });
  }

  sign(signature: string): void {
    this.#signature = (this.#signature ?? '') + signature;
  }

  close(status: 'completed' | 'incomplete', into: Steps): void {
    this.#status = status;
    if (this.#thinking !== undefined) {
      const text = this.#thinking;
      into.push(
        { type: 'response.reasoning_summary_text.done', ...this.#at, text },
        { type: 'response.reasoning_summary_part.done', ...this.#at, part: { type: 'summary_text', text } },
      );
    }
    into.push({
      type: 'response.output_item.done',
      output_index: this.#place.output_index,
      item: this.item,
    });
  }

  #seal(): string {
    if (this.#block.type === 'redacted_thinking') return sealThinking(this.#block);
    return sealThinking({
      ...this.#block,
      thinking: this.#thinking ?? '',
      ...(this.#signature !== undefined && { signature: this.#signature }),
    });
  }

  get #at() {
    return { item_id: this.#id, output_index: this.#place.output_index, summary_index: 0 };
  }
}

/** A call of one of the caller's tools. Cut short, it is never said to be done: nobody may run half a call. */
export class CallWriter implements ItemWriter {
  readonly #place: Place;
  readonly #tool: CalledTool;
  readonly #id: string;
  #callId = '';
  #arguments = '';
  #status: ItemStatus = 'in_progress';

  constructor(place: Place, tool: CalledTool) {
    this.#place = place;
    this.#tool = tool;
    this.#id = tool.idOf(place);
  }

  get item(): CallItem {
    return this.#tool.item(this.#id, this.#callId, this.#arguments, this.#status);
  }

  /** Whether its arguments are all there. */
  get isWhole(): boolean {
    try {
      JSON.parse(this.#arguments);
      return true;
    } catch {
      return false;
    }
  }

  open(block: ContentBlock, into: Steps): void {
    this.#callId = String(block.id);
    into.push({
      type: 'response.output_item.added',
      output_index: this.#place.output_index,
      item: this.item,
    });
    this.write(argumentsOf(block), into);
  }

  write(delta: string, into: Steps): void {
    if (delta === '') return;
    this.#arguments += delta;
    this.#tool.delta(this.#id, this.#place, delta, into);
  }

  close(status: 'completed' | 'incomplete', into: Steps): void {
    // A tool without arguments is called with nothing at all.
    if (status === 'completed' && this.#arguments.trim() === '') this.write('{}', into);
    this.#status = status;
    if (status === 'incomplete') return;
    const { item } = this;
    this.#tool.done(item, this.#place, this.#arguments, into);
    into.push({ type: 'response.output_item.done', output_index: this.#place.output_index, item });
  }
}

/** What a block begins with: nothing in a stream, everything in a whole answer. */
function argumentsOf({ input, partial_json: pieces }: ContentBlock): string {
  if (typeof pieces === 'string') return pieces;
  const empty = typeof input === 'object' && input !== null && Object.keys(input).length === 0;
  return input === undefined || empty ? '' : JSON.stringify(input);
}
