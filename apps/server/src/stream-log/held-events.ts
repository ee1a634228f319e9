import { Burst, type EventItem } from '@streambed/protocol';
import { takeBatch } from './batch-size.ts';
import { LogBatch } from './log-batch.ts';

/** The events of one generation that are in memory, from its first on. */
export class HeldEvents {
  readonly #items: EventItem[] = [];
  /** The seq of each item's first event. */
  readonly #firsts: number[] = [];
  #head = 0;

  push(items: readonly EventItem[]): void {
    for (const item of items) {
      this.#items.push(item);
      this.#firsts.push(this.#head + 1);
      this.#head += item instanceof Burst ? item.count : 1;
    }
  }

  /** What stands strictly after a seq that isn't the last, about `maxBatch` characters of it. */
  after(seq: number, maxBatch: number): LogBatch {
    const at = this.#itemOf(seq + 1);
    const skip = seq + 1 - (this.#firsts[at] ?? 0);
    return new LogBatch(seq + 1, takeBatch(this.#items, at, skip, maxBatch));
  }

  /** The index of the item that holds a seq. */
  #itemOf(seq: number): number {
    let low = 0;
    let high = this.#firsts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] ?? 0) <= seq) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
