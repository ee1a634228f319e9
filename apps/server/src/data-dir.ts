import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from './config/config-error.ts';

/** The data folder, made and held: two servers that wrote to one would spoil it for each other. */
export class DataDir implements Disposable {
  readonly path: string;
  readonly #lock: DatabaseSync;

  /** Throws ConfigError where another server has it, and the system's own error where it can't be used. */
  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o700);
    // SQLite's lock goes with the process, however that ends, on every system that Node runs on.
    this.#lock = new DatabaseSync(join(path, 'lock'));
    try {
      this.#lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (thrown) {
      this.#lock.close();
      if ((thrown as { errcode?: number }).errcode !== 5) throw thrown;
      throw new ConfigError(
        `data_dir: ${path} is in use by another Streambed: stop that one, or choose another folder with --data-dir`,
      );
    }
  }

  [Symbol.dispose](): void {
    this.#lock.close();
  }
}
