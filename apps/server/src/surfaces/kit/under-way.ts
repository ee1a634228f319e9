/** Answers that are under way, so that a server that stops can wait for them. */
export class UnderWay {
  readonly #open = new Set<Promise<unknown>>();

  /** Counts `answer` until it is done; gives it back. */
  track<T>(answer: Promise<T>): Promise<T> {
    this.#open.add(answer);
    const done = () => this.#open.delete(answer);
    answer.then(done, done);
    return answer;
  }

  /** Resolves when every answer has been sent whole, or its reader is gone. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#open);
  }
}
