import { countOf, type EncodedEvent, type EventItem, eventsOf } from '@streambed/protocol';

/** Consecutive events of one generation. Never empty. */
export class LogBatch {
  /** The seq of the first. */
  readonly first: number;
  /** The events, those that came as a burst as one item. */
  readonly items: readonly EventItem[];
  /** How many events there are. */
  readonly count: number;
  #events: readonly EncodedEvent[] | undefined;

  constructor(first: number, items: readonly EventItem[]) {
    this.first = first;
    this.items = items;
    this.count = countOf(items);
  }

  /** The seq of the last. */
  get last(): number {
    return this.first + this.count - 1;
  }

  /** The events one by one, made when somebody asks: the seq of `events[i]` is `first + i`. */
  get events(): readonly EncodedEvent[] {
    this.#events ??= eventsOf(this.items);
    return this.#events;
  }
}
