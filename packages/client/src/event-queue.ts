import type { Delta, GenerationEvent } from '@streambed/protocol';

/**
 * A step of a generation; or `reset`: the server can't go on after what was read, so that is void and the events
 * follow from the first one.
 */
export type ReadEvent = GenerationEvent | { readonly type: 'reset' };

/**
 * Events on their way to a consumer that pulls. While it doesn't pull, adjacent deltas of one block are joined, so
 * what waits is never larger than the answer itself and never more entries than the answer has steps.
 */
export class EventQueue implements AsyncIterable<ReadEvent> {
  readonly #waiting: ReadEvent[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  push(event: ReadEvent): void {
    if (this.#ended) return;
    const last = this.#waiting.at(-1);
    const joined = last === undefined ? undefined : join(last, event);
    if (joined === undefined) this.#waiting.push(event);
    else this.#waiting[this.#waiting.length - 1] = joined;
    this.#wake?.();
  }

  /** Nothing comes any more; what waits is still handed out. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReadEvent, void, undefined> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) yield event;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** Two deltas of one block as one, where their kind can be joined. */
function join(earlier: ReadEvent, later: ReadEvent): ReadEvent | undefined {
  if (earlier.type !== 'content_block_delta' || later.type !== 'content_block_delta') return undefined;
  if (earlier.index !== later.index) return undefined;
  const delta = joinDeltas(earlier.delta, later.delta);
  return delta && { ...earlier, delta };
}

function joinDeltas(earlier: Delta, later: Delta): Delta | undefined {
  if (earlier.type === 'text_delta' && later.type === 'text_delta')
    return { ...earlier, text: earlier.text + later.text };
  if (earlier.type === 'thinking_delta' && later.type === 'thinking_delta')
    return { ...earlier, thinking: earlier.thinking + later.thinking };
  if (earlier.type === 'input_json_delta' && later.type === 'input_json_delta')
    return { ...earlier, partial_json: earlier.partial_json + later.partial_json };
  return undefined;
}
