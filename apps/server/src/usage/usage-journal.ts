import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import { OpenedFile } from '../opened-file.ts';
import type { WriteAt } from '../stream-log/disk/disk-write.ts';
import { GroupCommit } from '../stream-log/disk/group-commit.ts';
import { encodeRecord, scanRecords } from '../stream-log/disk/record-framing.ts';
import type { BegunUsage, UsageRecord } from './usage-record.ts';

/** A line of the journal: something begins, or it has ended. */
export type JournalLine = { readonly b: BegunUsage } | { readonly e: UsageRecord };

/** What a journal holds that may not be in the database. */
export interface JournalContent {
  /** What began and has no end here. */
  readonly begun: ReadonlyMap<string, BegunUsage>;
  readonly ended: readonly UsageRecord[];
  /** Where what can be read ends, in bytes. */
  readonly end: number;
}

export interface UsageJournalOptions {
  readonly path: string;
  readonly writeAt: WriteAt;
  /** It grows no further than this, in bytes. */
  readonly maxBytes: number;
  /** What must still stand in it; nothing where only the file knows. */
  readonly needed: () => readonly JournalLine[] | undefined;
}

/** The file grows to twice what it had to hold and by this much before it is written anew. */
const slackBytes = 1024 * 1024;

/**
 * Where usage is written down before anyone is told of an end, and until it is in the database: one append-only file. A
 * killed process loses nothing of it.
 */
export class UsageJournal {
  readonly #options: UsageJournalOptions;
  readonly #commit: GroupCommit<Buffer>;
  #file: FileHandle | undefined;
  #opened: OpenedFile | undefined;
  #end = 0;
  #endAtRewrite = 0;

  constructor(options: UsageJournalOptions) {
    this.#options = options;
    this.#commit = new GroupCommit((records) => this.#writeTogether(records));
  }

  /** How large the file is. */
  get bytes(): number {
    return this.#end;
  }

  /** Writes a line: it stands there when this returns, or when its promise resolves. Throws or rejects where it can't. */
  write(lines: readonly JournalLine[]): Promise<void> | undefined {
    return this.#commit.writeNow(lines.map((line) => encodeRecord(JSON.stringify(line))));
  }

  /** Writes the file anew, with what is still needed, or goes on with it; nothing else may be written meanwhile. */
  async rewrite(): Promise<void> {
    const needed = this.#options.needed();
    const { path, writeAt } = this.#options;
    if (needed === undefined) {
      if (this.#file !== undefined) return;
      this.#end = (await readUsageJournal(path)).end;
      this.#file = await open(path, 'r+');
      this.#opened = new OpenedFile(path);
      return;
    }
    const bytes = Buffer.concat(needed.map((line) => encodeRecord(JSON.stringify(line))));
    const next = `${path}.new`;
    const file = await open(next, 'w+', 0o600);
    try {
      await writeAt(file, bytes, 0);
      // Some systems don't replace a file that is open.
      await this.#file?.close();
      this.#file = undefined;
      await rename(next, path);
    } catch (thrown) {
      await file.close();
      // Half of it would take room that the disk doesn't have.
      await rm(next, { force: true });
      throw thrown;
    }
    this.#file = file;
    this.#opened = new OpenedFile(path);
    this.#end = bytes.length;
    this.#endAtRewrite = bytes.length;
  }

  /** Ends writing. Gives back whether the file holds what is needed and no more: a failing disk leaves it as it is. */
  async close(): Promise<boolean> {
    await this.#commit.settled();
    const written = await this.rewrite().then(
      () => true,
      () => false,
    );
    await this.#file?.close();
    this.#file = undefined;
    return written;
  }

  #writeTogether(records: readonly Buffer[]): Promise<void> | undefined {
    const grown = this.#end > 2 * this.#endAtRewrite + slackBytes;
    // One that was moved or deleted takes what is written, and nobody finds it.
    if (this.#file !== undefined && !grown && this.#opened?.isThere()) return this.#append(records);
    return this.rewrite().then(() => this.#append(records));
  }

  #append(records: readonly Buffer[]): Promise<void> | undefined {
    const { writeAt, maxBytes } = this.#options;
    const file = this.#file;
    if (file === undefined) throw new Error('the usage journal is not open');
    const bytes = records.length === 1 ? (records[0] as Buffer) : Buffer.concat(records);
    if (this.#end + bytes.length > maxBytes) throw new Error('the usage journal is full');
    // Half a line that a failing disk has left is written over by the next one.
    const written = () => {
      this.#end += bytes.length;
    };
    const writing = writeAt(file, bytes, this.#end);
    if (writing !== undefined) return writing.then(written);
    written();
    return undefined;
  }
}

/** Reads the journal at `path`; an empty one where there is none. What was cut off or damaged is passed over. */
export async function readUsageJournal(path: string): Promise<JournalContent> {
  const content = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return Buffer.alloc(0);
    throw thrown;
  });
  const begun = new Map<string, BegunUsage>();
  const ended: UsageRecord[] = [];
  const end = scanRecords(content, (_place, body) => {
    if (body === undefined) return;
    const line = JSON.parse(body.toString('utf8')) as JournalLine;
    if ('b' in line) begun.set(line.b.generation, line.b);
    else {
      begun.delete(line.e.generation);
      ended.push(line.e);
    }
  });
  return { begun, ended, end };
}

/** How many of these records do not stand in the journal at `path`. */
export async function missingInJournal(path: string, records: readonly UsageRecord[]): Promise<number> {
  if (records.length === 0) return 0;
  const { ended } = await readUsageJournal(path).catch(() => ({ ended: [] }));
  const there = new Set(ended.map(({ generation }) => generation));
  return records.filter(({ generation }) => !there.has(generation)).length;
}
