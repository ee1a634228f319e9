/** So much of one turn of the event loop generations may take together, in milliseconds. */
const shareMs = 4;

/**
 * Keeps a fast upstream from taking the event loop for itself. A socket whose data keeps coming is read many times in one
 * turn, and of many sockets each has its reads: whoever would go on when the turn's share is used up waits for the next one,
 * in the order of coming, and its socket is paused as soon as enough waits there.
 */
export class TurnShare {
  readonly #now: () => number;
  #began: number | undefined;
  #waiting = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Asks to go on. Nothing: at once; otherwise when the promise resolves. */
  take(): Promise<void> | undefined {
    if (this.#waiting === 0 && !this.#isUsedUp()) return undefined;
    this.#waiting += 1;
    return new Promise((resolve) => {
      const look = () => {
        if (this.#isUsedUp()) {
          setImmediate(look);
          return;
        }
        this.#waiting -= 1;
        resolve();
      };
      setImmediate(look);
    });
  }

  #isUsedUp(): boolean {
    const now = this.#now();
    if (this.#began === undefined) {
      this.#began = now;
      // It stands before those that wait: in the next turn they find a new share.
      setImmediate(() => {
        this.#began = undefined;
      });
    }
    return now - this.#began >= shareMs;
  }
}

/** The turns of this process, which all its generations share. */
export const turns = new TurnShare();
