import type { Turn } from '../conversation.ts';
import { createStore, type Readable, type Store } from '../store.ts';

/** Turns that are looked at one by one, whichever branch is shown. */
export class WatchedTurns {
  readonly #stores = new Map<string, Store<Turn | undefined>>();
  readonly #read: (key: string, before: Turn | undefined) => Turn | undefined;

  /** `read` gives a turn as it is now; the one `before` where nothing changed. */
  constructor(read: (key: string, before: Turn | undefined) => Turn | undefined) {
    this.#read = read;
  }

  of(key: string): Readable<Turn | undefined> {
    const known = this.#stores.get(key);
    if (known !== undefined) return known;
    const store = createStore(this.#read(key, undefined));
    this.#stores.set(key, store);
    return store;
  }

  /** The tree has changed. */
  refresh(): void {
    for (const [key, store] of this.#stores) store.set(this.#read(key, store.get()));
  }

  /** A token more, in one of them. */
  grow(key: string, answer: Turn['answer']): void {
    const store = this.#stores.get(key);
    const turn = store?.get();
    if (turn !== undefined) store?.set({ ...turn, answer });
  }
}
