import { type FileHandle, open, readFile, rename } from 'node:fs/promises';
import type { GenerationId } from '@streambed/protocol';
import type { GenerationRecord } from '../stream-log.ts';
import type { WriteAt } from './disk-write.ts';
import { GroupCommit } from './group-commit.ts';
import { encodeRecord, scanRecords } from './record-framing.ts';

/** A line of the index: a generation began, or its content was erased. */
type Line = { readonly o: GenerationRecord } | { readonly x: GenerationId };

/** What the index still has to hold: every record that is known, and whether its content is still there. */
export type Known = readonly (readonly [record: GenerationRecord, kept: boolean])[];

/** The file grows to twice what it had to hold and by this many lines before it is written anew. */
const slack = 10_000;

/** Which stored generations there were, and whose: one append-only file, longer kept than what they said. */
export class GenerationIndex {
  readonly #path: string;
  readonly #writeAt: WriteAt;
  readonly #known: () => Known;
  readonly #commit: GroupCommit<Buffer>;
  #file: FileHandle | undefined;
  #end = 0;
  #lines = 0;
  #linesAtRewrite = 0;

  constructor(path: string, known: () => Known, writeAt: WriteAt) {
    this.#path = path;
    this.#known = known;
    this.#writeAt = writeAt;
    this.#commit = new GroupCommit((records) => this.#writeTogether(records));
  }

  /** Reads what another run has left: records in the order in which they began, and which are erased. */
  async recover(): Promise<ReadonlyMap<GenerationId, { record: GenerationRecord; erased: boolean }>> {
    const found = new Map<GenerationId, { record: GenerationRecord; erased: boolean }>();
    const content = await readFile(this.#path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return Buffer.alloc(0);
      throw thrown;
    });
    scanRecords(content, (_place, body) => {
      if (body === undefined) return;
      const line = JSON.parse(body.toString('utf8')) as Line;
      if ('o' in line) found.set(line.o.generation, { record: line.o, erased: false });
      else {
        const entry = found.get(line.x);
        if (entry !== undefined) entry.erased = true;
      }
    });
    return found;
  }

  /** Writes the file anew, with what is known now. */
  async rewrite(): Promise<void> {
    const lines = this.#known().flatMap(([record, kept]): Line[] =>
      kept ? [{ o: record }] : [{ o: record }, { x: record.generation }],
    );
    const bytes = Buffer.concat(lines.map(encodeLine));
    const next = `${this.#path}.new`;
    const file = await open(next, 'w+', 0o600);
    try {
      await this.#writeAt(file, bytes, 0);
      // Some systems don't replace a file that is open.
      await this.#file?.close();
      this.#file = undefined;
      await rename(next, this.#path);
    } catch (thrown) {
      await file.close();
      throw thrown;
    }
    this.#file = file;
    this.#end = bytes.length;
    this.#lines = lines.length;
    this.#linesAtRewrite = lines.length;
  }

  async began(record: GenerationRecord): Promise<void> {
    await this.#commit.write(encodeLine({ o: record }));
  }

  async erased(generation: GenerationId): Promise<void> {
    await this.#commit.write(encodeLine({ x: generation }));
  }

  async close(): Promise<void> {
    await this.#commit.settled();
    await this.#file?.close();
    this.#file = undefined;
  }

  async #writeTogether(records: readonly Buffer[]): Promise<void> {
    const grown = this.#lines > 2 * this.#linesAtRewrite + slack;
    if (this.#file === undefined || grown) await this.rewrite();
    const file = this.#file as FileHandle | undefined;
    if (file === undefined) throw new Error('the index is not open');
    const bytes = Buffer.concat(records);
    try {
      await this.#writeAt(file, bytes, this.#end);
    } catch (thrown) {
      await file.truncate(this.#end).catch(() => {});
      throw thrown;
    }
    this.#end += bytes.length;
    this.#lines += records.length;
  }
}

function encodeLine(line: Line): Buffer {
  return encodeRecord(JSON.stringify(line));
}
