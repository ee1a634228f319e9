/** What waits, given out in turn to those who asked: nobody's many stand before somebody else's one. */
export class FairQueue<T> {
  readonly #byAsker = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(asker: string, item: T): void {
    const waiting = this.#byAsker.get(asker);
    if (waiting === undefined) this.#byAsker.set(asker, [item]);
    else waiting.push(item);
    this.#size += 1;
  }

  /** The first of who has waited longest for a turn. */
  shift(): T | undefined {
    for (const [asker, waiting] of this.#byAsker) {
      const item = waiting.shift();
      this.#byAsker.delete(asker);
      if (waiting.length > 0) this.#byAsker.set(asker, waiting);
      this.#size -= 1;
      return item;
    }
    return undefined;
  }

  /** Takes one out of its turn. */
  remove(asker: string, item: T): void {
    const waiting = this.#byAsker.get(asker);
    const at = waiting?.indexOf(item) ?? -1;
    if (waiting === undefined || at < 0) return;
    waiting.splice(at, 1);
    if (waiting.length === 0) this.#byAsker.delete(asker);
    this.#size -= 1;
  }
}
