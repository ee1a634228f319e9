import type { Span } from '@streambed/event-stream';
import { Burst, type EventItem, type MessagesRequest, StreambedError } from '@streambed/protocol';
import type { WireReader } from './families/family.ts';

/** Stops that cut an answer short: what was being written then can't be whole. */
const cutsShort: ReadonlySet<string | null> = new Set([
  'max_tokens',
  'model_context_window_exceeded',
  'refusal',
  'content_filtered',
  'guardrail_intervened',
]);

/**
 * A reader that holds tool calls to valid JSON, whatever the family: arguments that are none when their block ends
 * fail the generation with `SB_TOOL_ARGUMENTS`, after the events before its end have gone out. They pass as they came
 * when the answer was cut short, and when the caller asked for fine-grained streaming.
 */
export function checkToolArguments(reader: WireReader, request: MessagesRequest): WireReader {
  return isFineGrained(request) ? reader : new CheckedReader(reader);
}

/** Claude's beta in which arguments come unchecked, or a tool that wants them as soon as they are written. */
function isFineGrained({ anthropic_beta: betas, tools }: MessagesRequest): boolean {
  return (
    betas?.some((beta) => beta.startsWith('fine-grained-tool-streaming')) === true ||
    tools?.some((tool) => tool.eager_input_streaming === true) === true
  );
}

class CheckedReader implements WireReader {
  readonly #inner: WireReader;
  /** The arguments of open tool calls, in pieces. */
  readonly #open = new Map<number, { readonly name: string; readonly pieces: string[] }>();
  #broken: string | undefined;
  #failure: StreambedError | undefined;

  constructor(inner: WireReader) {
    this.#inner = inner;
  }

  get usage() {
    return this.#inner.usage;
  }

  get done() {
    return this.#inner.done === true;
  }

  readDelta(type: string, payload: Span, into: EventItem[]): boolean {
    const from = into.length;
    const isRead = this.#inner.readDelta?.(type, payload, into) === true;
    if (into.length > from) this.#check(from, into);
    return isRead;
  }

  read(event: Parameters<WireReader['read']>[0], into: EventItem[]): void {
    const from = into.length;
    this.#inner.read(event, into);
    this.#check(from, into);
  }

  flush(into: EventItem[]): void {
    const from = into.length;
    this.#inner.flush?.(into);
    this.#check(from, into);
  }

  readWhole(body: string, into: EventItem[]): void {
    const from = into.length;
    this.#inner.readWhole(body, into);
    this.#check(from, into);
  }

  end(into: EventItem[]): ReturnType<WireReader['end']> {
    if (this.#failure !== undefined) throw this.#failure;
    const from = into.length;
    const end = this.#inner.end(into);
    this.#check(from, into);
    return end;
  }

  /** Looks at what was read since `from`. What follows a failure is taken back. */
  #check(from: number, into: EventItem[]): void {
    for (let at = from; at < into.length; at += 1) {
      const item = into[at];
      if (item instanceof Burst) {
        if (item.kind === 'input_json_delta') this.#open.get(item.index)?.pieces.push(item.text);
        continue;
      }
      const event = item?.event;
      switch (event?.type) {
        case 'content_block_start':
          if (event.content_block.type === 'tool_use') {
            this.#open.set(event.index, { name: String(event.content_block.name), pieces: [] });
          }
          break;
        case 'content_block_delta':
          if (event.delta.type === 'input_json_delta') {
            this.#open.get(event.index)?.pieces.push(event.delta.partial_json);
          }
          break;
        case 'content_block_stop':
          this.#close(event.index);
          break;
        case 'message_delta':
          if (this.#broken === undefined || cutsShort.has(event.delta.stop_reason)) break;
          into.length = at;
          this.#failure = new StreambedError(
            'SB_TOOL_ARGUMENTS',
            `The model called the tool ${this.#broken} with arguments that are not valid JSON. Ask again.`,
          );
          throw this.#failure;
      }
    }
  }

  #close(index: number): void {
    const call = this.#open.get(index);
    this.#open.delete(index);
    if (call === undefined) return;
    const text = call.pieces.join('');
    // Nothing at all is a tool without arguments.
    if (text.trim() !== '' && !isJson(text)) this.#broken ??= call.name;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
