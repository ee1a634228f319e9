/** So many pages of the journal are brought to the file together. SQLite's own number, which it would do while others wait. */
const pages = 1_000;
const pageBytes = 4_096;
/** A row and the indexes that name it. */
const pagesOfStatement = 3;

/** Counts about how much has been written to the journal, and says when it should be brought in. */
export class JournalCount {
  readonly #onFull: (() => void) | undefined;
  #pages = 0;

  constructor(onFull: (() => void) | undefined) {
    this.#onFull = onFull;
  }

  /** A statement that writes, with what it writes. */
  add(parameters: readonly unknown[]): void {
    this.#pages += pagesOfStatement;
    for (const value of parameters) if (typeof value === 'string') this.#pages += value.length / pageBytes;
    if (this.#pages < pages) return;
    this.#pages = 0;
    this.#onFull?.();
  }
}
