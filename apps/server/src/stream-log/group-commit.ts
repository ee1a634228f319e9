/** Writes records together, in order; gives back where each lies. All of them are written or none. */
export type WriteTogether<Item, Place> = (items: readonly Item[]) => Promise<readonly Place[]>;

interface Pending<Item, Place> {
  readonly item: Item;
  readonly resolve: (place: Place) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Gathers what is to be written within one turn of the event loop, or while the disk is busy with what came before, and
 * writes it together: one `write` a tick, however many generations run.
 */
export class GroupCommit<Item, Place> {
  readonly #writeTogether: WriteTogether<Item, Place>;
  #pending: Pending<Item, Place>[] = [];
  #turn: Promise<void> | undefined;

  constructor(writeTogether: WriteTogether<Item, Place>) {
    this.#writeTogether = writeTogether;
  }

  /** Resolves when the item is written; rejects when it could not be. */
  write(item: Item): Promise<Place> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ item, resolve, reject });
      this.#turn ??= this.#run();
    });
  }

  /** Resolves when nothing waits to be written. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  async #run(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const together = this.#pending;
      this.#pending = [];
      try {
        const places = await this.#writeTogether(together.map(({ item }) => item));
        together.forEach(({ resolve }, index) => {
          resolve(places[index] as Place);
        });
      } catch (thrown) {
        for (const { reject } of together) reject(thrown);
      }
    }
    this.#turn = undefined;
  }
}
