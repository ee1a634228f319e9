import { StreambedError } from '@streambed/protocol';
import { OpenedFile } from '../../opened-file.ts';

const says =
  "The database in this server's data folder was moved, deleted or replaced while it ran, so nothing can be stored. Whoever runs the server has to put it back, or to start the server again.";

/** The files of an open database: SQLite goes on writing to them wherever they are, also where nobody can open them again. */
export class OpenedDatabase {
  readonly #files: readonly OpenedFile[];

  /** A database at `path` that is open and whose journal was begun. */
  constructor(path: string) {
    this.#files = [new OpenedFile(path), new OpenedFile(`${path}-wal`)];
  }

  /** Why nothing may be written to it; nothing where it is in its place. */
  trouble(): StreambedError | undefined {
    const gone = this.#files.find((file) => !file.isThere());
    if (gone === undefined) return undefined;
    return new StreambedError('SB_STORE_FAILED', says, {
      cause: new Error(`${gone.path} is another, or none`),
    });
  }

  /** Throws `SB_STORE_FAILED` where it is not in its place. */
  check(): void {
    const trouble = this.trouble();
    if (trouble !== undefined) throw trouble;
  }
}
