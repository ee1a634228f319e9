import { StreambedError } from '@streambed/protocol';

/** SQLite's own codes for a disk or a file that does not do what it should (https://sqlite.org/rescode.html). */
const disk: Readonly<Record<number, string>> = {
  5: 'another program holds it locked',
  6: 'another program holds it locked',
  8: 'it may not be written',
  10: 'reading or writing failed',
  11: 'it is damaged',
  13: 'the disk is full',
  14: 'it cannot be opened',
  23: 'it may not be read',
  26: 'it is not a database',
};

/** What is wrong with the file that an error of node:sqlite came from; nothing where the statement was at fault. */
export function diskTrouble(thrown: unknown): string | undefined {
  const { code, errcode } = (thrown ?? {}) as { code?: unknown; errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? disk[errcode & 0xff] : undefined;
}

/** An error of node:sqlite as callers see it: `SB_STORE_FAILED` where the disk is at fault, otherwise as it is. */
export function toDatabaseError(thrown: unknown): unknown {
  const trouble = diskTrouble(thrown);
  if (trouble === undefined) return thrown;
  const message = `The database in this server's data folder cannot be used just now (${trouble}). Try again; whoever runs the server may have to free some disk or mend it.`;
  return new StreambedError('SB_STORE_FAILED', message, { cause: thrown });
}
