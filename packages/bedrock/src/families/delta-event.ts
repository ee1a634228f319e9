import type { Delta, EncodedEvent, GenerationEvent } from '@streambed/protocol';

/** What deltas of one block and kind have in common. */
export interface DeltaHead {
  readonly index: number;
  readonly kind: 'text_delta' | 'thinking_delta' | 'input_json_delta';
  /** The event's JSON as far as it is the same in all of them. */
  readonly text: string;
  /** How many letters of a tail come before what it says. */
  readonly rest: number;
}

/** What follows what a delta says, to the end of its JSON. */
export const closing = '"}}';

/** A delta as it is kept: what it shares with its neighbours, and its own tail. The rest is made when it is asked for. */
export class DeltaEvent implements EncodedEvent {
  readonly #head: DeltaHead;
  readonly #tail: string;
  /** Its text, where that isn't a part of the tail as it stands. */
  readonly #value: string | undefined;

  /** `tail` goes on where `head` ends, to the end of the event. */
  constructor(head: DeltaHead, tail: string, value?: string) {
    this.#head = head;
    this.#tail = tail;
    this.#value = value;
  }

  get event(): GenerationEvent {
    const { index, kind } = this.#head;
    return { type: 'content_block_delta', index, delta: deltaOf(kind, this.#said) };
  }

  get json(): string {
    return this.#head.text + this.#tail;
  }

  get text(): string | undefined {
    return this.#head.kind === 'text_delta' ? this.#said : undefined;
  }

  get #said(): string {
    return this.#value ?? this.#tail.slice(this.#head.rest, -closing.length);
  }
}

function deltaOf(kind: DeltaHead['kind'], value: string): Delta {
  switch (kind) {
    case 'text_delta':
      return { type: kind, text: value };
    case 'thinking_delta':
      return { type: kind, thinking: value };
    default:
      return { type: kind, partial_json: value };
  }
}
