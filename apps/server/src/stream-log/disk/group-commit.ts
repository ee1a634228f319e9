/** Writes items together, in order: all of them or none. Done when it returns, or when its promise resolves. */
export type WriteTogether<Item> = (items: readonly Item[]) => Promise<void> | undefined;

/** What is written together. One promise tells all who wait for it: one each would cost more than the write. */
class Group<Item> {
  readonly items: Item[] = [];
  readonly done = Promise.withResolvers<void>();
}

/**
 * Gathers what is to be written within one turn of the event loop, or while the disk is busy with what came before, and
 * writes it together: one `write` a tick, however many generations run.
 */
export class GroupCommit<Item> {
  readonly #writeTogether: WriteTogether<Item>;
  #waiting: Group<Item> | undefined;
  #writing: Promise<void> | undefined;

  constructor(writeTogether: WriteTogether<Item>) {
    this.#writeTogether = writeTogether;
  }

  /** Resolves when the item is written; rejects when it could not be. */
  write(item: Item): Promise<void> {
    if (this.#waiting === undefined) {
      this.#waiting = new Group();
      if (this.#writing === undefined) setImmediate(() => this.#next());
    }
    this.#waiting.items.push(item);
    return this.#waiting.done.promise;
  }

  /**
   * Writes items at once, where nothing else waits or is being written: they are written when this returns, or when its
   * promise resolves. Throws or rejects where they could not be.
   */
  writeNow(items: readonly Item[]): Promise<void> | undefined {
    if (this.#waiting !== undefined || this.#writing !== undefined) {
      return Promise.all(items.map((item) => this.write(item))).then(() => {});
    }
    const writing = this.#writeTogether(items);
    if (writing !== undefined) this.#writing = writing.catch(() => {}).then(() => this.#written());
    return writing;
  }

  /** Resolves when what is being written now is written, or could not be. */
  async written(): Promise<void> {
    await this.#writing;
  }

  /** Resolves when nothing waits to be written. */
  async settled(): Promise<void> {
    await this.#waiting?.done.promise.catch(() => {});
    await this.#writing;
  }

  #next(): void {
    const group = this.#waiting;
    this.#waiting = undefined;
    if (group === undefined) return;
    const { items, done } = group;
    try {
      const writing = this.#writeTogether(items);
      if (writing === undefined) done.resolve();
      else this.#writing = writing.then(done.resolve, done.reject).then(() => this.#written());
    } catch (thrown) {
      done.reject(thrown);
    }
  }

  #written(): void {
    this.#writing = undefined;
    this.#next();
  }
}
