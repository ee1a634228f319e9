import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from './config/config-error.ts';

/** The data folder, made and held: two servers that wrote to one would spoil it for each other. */
export interface DataDir extends Disposable {
  readonly path: string;
  /** Set where the folder can't be used and another stands in for it, which goes with this process: the reason. */
  readonly standsInFor?: string;
}

/**
 * Takes the data folder. Where nobody has asked for that one and it can't be used, a folder of its own stands in:
 * whoever tries Streambed in a place that is read-only gets answers all the same. Throws ConfigError where another
 * server has it, and where the folder that was asked for can't be used.
 */
export function openDataDir({ dir, asked }: { readonly dir: string; readonly asked: boolean }): DataDir {
  try {
    return holdFolder(dir);
  } catch (thrown) {
    if (thrown instanceof ConfigError) throw thrown;
    const why = `${dir} cannot be used (${(thrown as Error).message})`;
    if (asked) throw cannotUse(why);
    return standIn(why);
  }
}

/** Throws ConfigError where another server has it, and the system's own error where it can't be used. */
function holdFolder(path: string): DataDir {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  keepPrivate(path);
  const held = holdDataDir(path);
  if (held !== undefined) return { path, [Symbol.dispose]: () => held[Symbol.dispose]() };
  throw new ConfigError(
    `data_dir: ${path} is in use by another Streambed: stop that one, or choose another folder with --data-dir`,
  );
}

function keepPrivate(path: string): void {
  try {
    chmodSync(path, 0o700);
  } catch (thrown) {
    // A volume that belongs to somebody else, as Kubernetes mounts them: who mounts it says who may read it.
    if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') throw thrown;
  }
}

/** Keeps servers off a data folder that is there. Nothing where one has it; throws the system's own errors. */
export function holdDataDir(path: string): Disposable | undefined {
  // SQLite's lock goes with the process, however that ends, on every system that Node runs on.
  const lock = new DatabaseSync(join(path, 'lock'));
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (thrown) {
    lock.close();
    if ((thrown as { errcode?: number }).errcode !== 5) throw thrown;
    return undefined;
  }
  return { [Symbol.dispose]: () => lock.close() };
}

function standIn(why: string): DataDir {
  try {
    const path = mkdtempSync(join(tmpdir(), 'streambed-'));
    return {
      path,
      standsInFor: why,
      [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
    };
  } catch {
    throw cannotUse(why);
  }
}

function cannotUse(why: string): ConfigError {
  return new ConfigError(`data_dir: ${why}: choose a folder that can be written, with --data-dir`);
}
