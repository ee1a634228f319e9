import { type FileHandle, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerationId } from '@streambed/protocol';
import { type EventRecord, readHead } from './event-record.ts';
import { GroupCommit } from './group-commit.ts';
import {
  bodyOf,
  decodeRecord,
  maxRecordLength,
  type RecordPlace,
  scanRecords,
  writeRecord,
} from './record-framing.ts';

/** What the segments may take of the disk, and when a new one begins. */
export interface DiskLimits {
  /** In all. */
  readonly bytes: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
}

/** Writes all of `bytes` at `position`; tests make it fail. */
export type WriteAt = (file: FileHandle, bytes: Buffer, position: number) => Promise<void>;

/** Where a record lies. */
export interface SegmentPlace extends RecordPlace {
  readonly segment: Segment;
}

interface Segment {
  readonly path: string;
  readonly file: FileHandle;
  readonly openedAt: number;
  end: number;
  /** Generations with something in here that is still kept. */
  readonly live: Set<GenerationId>;
  /** What is no longer kept and still lies here. */
  dead: RecordPlace[];
}

/** A record to be written, and whose it is. */
interface Item {
  readonly generation: GenerationId;
  readonly body: string;
}

export interface SegmentFilesOptions {
  readonly dir: string;
  readonly limits: DiskLimits;
  readonly now: () => number;
  readonly writeAt: WriteAt;
}

const largeBuffer = 1024 * 1024;

const namePattern = /^events-(\d{12})\.log$/;

/** The files that events lie in: appended to, never changed but by erasing, unlinked when nothing in them is kept. */
export class SegmentFiles {
  readonly #options: SegmentFilesOptions;
  readonly #segments = new Set<Segment>();
  readonly #commit: GroupCommit<Item, SegmentPlace>;
  #current: Segment | undefined;
  #buffer = Buffer.alloc(0);
  #number = 0;

  constructor(options: SegmentFilesOptions) {
    this.#options = options;
    this.#commit = new GroupCommit((items) => this.#writeTogether(items));
  }

  /** What is taken of the disk. */
  get bytes(): number {
    let sum = 0;
    for (const { end } of this.#segments) sum += end;
    return sum;
  }

  /** Reads what another run has left; cuts off what it did not finish. Called once, before anything is written. */
  async recover(onRecord: (record: EventRecord, place: SegmentPlace) => void): Promise<void> {
    const names = (await readdir(this.#options.dir)).filter((name) => namePattern.test(name)).sort();
    for (const name of names) {
      this.#number = Number(namePattern.exec(name)?.[1]);
      const path = join(this.#options.dir, name);
      const content = await readFile(path);
      const file = await open(path, 'r+');
      const segment: Segment = { path, file, openedAt: 0, end: 0, live: new Set(), dead: [] };
      this.#segments.add(segment);
      segment.end = scanRecords(content, (place, body) => {
        if (body !== undefined) onRecord(readHead(body), { ...place, segment });
      });
      if (segment.end < content.length) await file.truncate(segment.end);
    }
  }

  /** Writes a record; it is kept until its generation is released. */
  write(generation: GenerationId, body: string): Promise<SegmentPlace> {
    return this.#commit.write({ generation, body });
  }

  /** Says that a record found by `recover` is kept. */
  keep(generation: GenerationId, { segment }: SegmentPlace): void {
    segment.live.add(generation);
  }

  /** The body of a record. Rejects where it can't be read any more. */
  async read({ segment, offset, length }: SegmentPlace): Promise<Buffer> {
    const record = Buffer.allocUnsafe(length);
    await segment.file.read(record, 0, length, offset);
    const body = decodeRecord(record);
    if (body === undefined) throw new Error(`a record of ${segment.path} is damaged`);
    return body;
  }

  /** What a generation has here is no longer kept. Its files go when nothing else is in them. */
  release(generation: GenerationId, places: readonly SegmentPlace[]): void {
    for (const { segment, offset, length } of places) {
      segment.live.delete(generation);
      segment.dead.push({ offset, length });
    }
    for (const segment of new Set(places.map((place) => place.segment))) this.#dropIfDead(segment);
  }

  /** Overwrites what is released and shares its file with something that is kept. */
  async erase(): Promise<void> {
    for (const segment of this.#segments) {
      this.#dropIfDead(segment);
      const { dead } = segment;
      segment.dead = [];
      for (const place of dead) {
        if (!this.#segments.has(segment)) break;
        const { offset, length } = bodyOf(place);
        await this.#options.writeAt(segment.file, Buffer.alloc(length), offset);
      }
    }
  }

  async close(): Promise<void> {
    await this.#commit.settled();
    await Promise.all([...this.#segments].map(({ file }) => file.close()));
    this.#segments.clear();
  }

  async #writeTogether(items: readonly Item[]): Promise<readonly SegmentPlace[]> {
    let room = 0;
    for (const { body } of items) room += maxRecordLength(body);
    const buffer = this.#bufferFor(room);
    const lengths: number[] = [];
    let written = 0;
    for (const { body } of items) {
      const length = writeRecord(buffer, written, body);
      lengths.push(length);
      written += length;
    }
    const bytes = buffer.subarray(0, written);
    if (this.bytes + bytes.length > this.#options.limits.bytes) throw new Error('the stream log is full');
    const segment = await this.#segmentToWrite();
    const start = segment.end;
    try {
      await this.#options.writeAt(segment.file, bytes, start);
    } catch (thrown) {
      // Half a record may stand there now: nothing may follow it.
      this.#current = undefined;
      await segment.file.truncate(start).catch(() => {});
      this.#dropIfDead(segment);
      throw thrown;
    }
    segment.end += bytes.length;
    let offset = start;
    return items.map(({ generation }, index) => {
      const length = lengths[index] as number;
      // At once, before anything else may find that nothing in here is kept.
      segment.live.add(generation);
      const place = { segment, offset, length };
      offset += length;
      return place;
    });
  }

  /** One buffer for every tick: only one write is under way. One that had to be large is not kept. */
  #bufferFor(room: number): Buffer {
    if (room > largeBuffer) return Buffer.allocUnsafeSlow(room);
    if (this.#buffer.length < room) this.#buffer = Buffer.allocUnsafeSlow(largeBuffer);
    return this.#buffer;
  }

  async #segmentToWrite(): Promise<Segment> {
    const { dir, limits, now } = this.#options;
    const current = this.#current;
    if (current !== undefined) {
      const fits = current.end < limits.segmentBytes && now() - current.openedAt < limits.segmentMs;
      if (fits) return current;
      this.#current = undefined;
      this.#dropIfDead(current);
    }
    this.#number += 1;
    const path = join(dir, `events-${String(this.#number).padStart(12, '0')}.log`);
    const file = await open(path, 'wx+', 0o600);
    const segment: Segment = { path, file, openedAt: now(), end: 0, live: new Set(), dead: [] };
    this.#segments.add(segment);
    this.#current = segment;
    return segment;
  }

  #dropIfDead(segment: Segment): void {
    if (segment.live.size > 0 || segment === this.#current || !this.#segments.delete(segment)) return;
    // Readers that are still at it fail, and find that what they read is gone.
    void unlink(segment.path).catch(() => {});
    void segment.file.close().catch(() => {});
  }
}

export const writeAt: WriteAt = async (file, bytes, position) => {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
};
