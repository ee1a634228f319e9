import { nameOfOwner, type Owner } from '../generation/owner.ts';

/** Wakes who waits for changes of an owner's. One process: with more of them the database has to say it. */
export class Wakeups {
  readonly #sleepers = new Map<string, Set<() => void>>();

  /** Something has changed. */
  wake(owner: Owner): void {
    for (const wake of [...(this.#sleepers.get(nameOfOwner(owner)) ?? [])]) wake();
  }

  /**
   * What `look` finds, each time something has changed, until the signal; it is asked once at the start. Changes that
   * come while nobody asks for the next are one.
   */
  async *follow<T>(owner: Owner, signal: AbortSignal, look: () => Promise<T | undefined>): AsyncGenerator<T> {
    const name = nameOfOwner(owner);
    let fresh = true;
    let wake = () => {};
    const wakeUp = () => {
      fresh = true;
      wake();
    };
    const sleepers = this.#sleepers.get(name) ?? new Set();
    this.#sleepers.set(name, sleepers);
    sleepers.add(wakeUp);
    signal.addEventListener('abort', wakeUp);
    try {
      while (!signal.aborted) {
        if (fresh) {
          fresh = false;
          const found = await look();
          if (found === undefined) continue;
          // There may be more of it than one look gives.
          fresh = true;
          if (!signal.aborted) yield found;
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      sleepers.delete(wakeUp);
      if (sleepers.size === 0) this.#sleepers.delete(name);
      signal.removeEventListener('abort', wakeUp);
    }
  }
}
