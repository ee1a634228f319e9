import { statSync } from 'node:fs';

/**
 * A file that is open, known by its path. Writing to one that was moved, deleted or replaced succeeds, and nobody finds
 * what was written: see whether it is still there before, which takes some microseconds.
 */
export class OpenedFile {
  readonly path: string;
  readonly #identity: string | undefined;

  /** The file that is at `path` now. */
  constructor(path: string) {
    this.path = path;
    this.#identity = identityAt(path);
  }

  /** Whether its path still leads to it. */
  isThere(): boolean {
    return this.#identity !== undefined && identityAt(this.path) === this.#identity;
  }
}

function identityAt(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
