import { mkdirSync } from 'node:fs';
import type { Config } from '../config.ts';
import { holdDataDir } from '../data-dir.ts';
import { type OpenDatabase, openDatabase } from '../database/database.ts';

/**
 * The database of a data folder, for a command: a server may be running on it. Where none is, it is brought to this
 * version too. Throws ConfigError where it can't be used.
 */
export async function openData({ data: { dir } }: Pick<Config, 'data'>): Promise<OpenDatabase> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const held = holdDataDir(dir);
  try {
    const opened = await openDatabase({ dir, log: { info: () => {} }, migrate: held !== undefined });
    return {
      ...opened,
      [Symbol.asyncDispose]: async () => {
        await opened[Symbol.asyncDispose]();
        held?.[Symbol.dispose]();
      },
    };
  } catch (thrown) {
    held?.[Symbol.dispose]();
    throw thrown;
  }
}
