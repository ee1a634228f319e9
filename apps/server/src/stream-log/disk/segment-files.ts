import { type FileHandle, open, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { GenerationId } from '@streambed/protocol';
import type { WriteAt } from './disk-write.ts';
import { eraseRecords } from './erase-records.ts';
import { type EventRecord, readHead } from './event-record.ts';
import {
  bodyOf,
  decodeRecord,
  maxRecordLength,
  type RecordBody,
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
export interface SegmentRecord {
  readonly generation: GenerationId;
  readonly body: RecordBody;
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
  #current: Segment | undefined;
  #bytes = 0;
  #buffer = Buffer.alloc(0);
  #number = 0;
  #erasing: Promise<void> = Promise.resolve();

  constructor(options: SegmentFilesOptions) {
    this.#options = options;
  }

  /** What is taken of the disk. */
  get bytes(): number {
    return this.#bytes;
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
        // Damaged, or its erasing was cut short: nobody can read it, so nobody could have it erased.
        else if (!isZero(content, bodyOf(place))) segment.dead.push(place);
      });
      this.#bytes += segment.end;
      if (segment.end < content.length) await file.truncate(segment.end);
    }
  }

  /**
   * Writes records together, all of them or none, and gives back where they lie: at once, or where it takes time a
   * promise of it. One call at a time. They are kept until their generations are released. Throws or rejects where the
   * disk fails.
   */
  write(records: readonly SegmentRecord[]): readonly SegmentPlace[] | Promise<readonly SegmentPlace[]> {
    let room = 0;
    for (const { body } of records) room += maxRecordLength(body);
    const buffer = this.#bufferFor(room);
    const lengths: number[] = [];
    let written = 0;
    for (const { body } of records) {
      const length = writeRecord(buffer, written, body);
      lengths.push(length);
      written += length;
    }
    const bytes = buffer.subarray(0, written);
    if (this.#bytes + written > this.#options.limits.bytes) throw new Error('the stream log is full');
    const placed = (segment: Segment) => this.#place(records, lengths, segment);

    const segment = this.#segmentWithRoom();
    if (segment === undefined) {
      return this.#openSegment().then(async (opened) => {
        await this.#append(opened, bytes);
        return placed(opened);
      });
    }
    const writing = this.#append(segment, bytes);
    return writing === undefined ? placed(segment) : writing.then(() => placed(segment));
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
  erase(): Promise<void> {
    // One after the other: two that overwrote neighbours at once could each bring back what the other has erased.
    this.#erasing = this.#erasing.catch(() => {}).then(() => this.#eraseDead());
    return this.#erasing;
  }

  async close(): Promise<void> {
    await this.#erasing.catch(() => {});
    await Promise.all([...this.#segments].map(({ file }) => file.close()));
    this.#segments.clear();
  }

  async #eraseDead(): Promise<void> {
    for (const segment of this.#segments) {
      this.#dropIfDead(segment);
      const { dead, file } = segment;
      if (dead.length === 0 || !this.#segments.has(segment)) continue;
      segment.dead = [];
      try {
        await eraseRecords(file, dead, this.#options.writeAt);
      } catch (thrown) {
        // The file went meanwhile, and what was in it; where it is still there the next time may do better.
        if (!this.#segments.has(segment)) continue;
        segment.dead.push(...dead);
        throw thrown;
      }
    }
  }

  /** Writes at the end of a segment. */
  #append(segment: Segment, bytes: Buffer): Promise<void> | undefined {
    const start = segment.end;
    const written = () => {
      segment.end = start + bytes.length;
      this.#bytes += bytes.length;
    };
    const failed = async (thrown: unknown) => {
      // Half a record may stand there now: nothing may follow it.
      this.#current = undefined;
      await segment.file.truncate(start).catch(() => {});
      this.#dropIfDead(segment);
      throw thrown;
    };
    try {
      const writing = this.#options.writeAt(segment.file, bytes, start);
      if (writing !== undefined) return writing.then(written, failed);
      written();
      return undefined;
    } catch (thrown) {
      return failed(thrown);
    }
  }

  /** Where records lie that were written at the end of a segment. */
  #place(
    records: readonly SegmentRecord[],
    lengths: readonly number[],
    segment: Segment,
  ): readonly SegmentPlace[] {
    let offset = segment.end;
    for (const length of lengths) offset -= length;
    return records.map(({ generation }, index) => {
      // At once, before anything else may find that nothing in here is kept.
      segment.live.add(generation);
      const length = lengths[index] as number;
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

  /** The segment that is written to, unless it is large or old enough to be let be. */
  #segmentWithRoom(): Segment | undefined {
    const { limits, now } = this.#options;
    const current = this.#current;
    if (current === undefined) return undefined;
    const fits = current.end < limits.segmentBytes && now() - current.openedAt < limits.segmentMs;
    if (fits) return current;
    this.#current = undefined;
    this.#dropIfDead(current);
    return undefined;
  }

  async #openSegment(): Promise<Segment> {
    const { dir, now } = this.#options;
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
    this.#bytes -= segment.end;
    // Readers that are still at it fail, and find that what they read is gone.
    void unlink(segment.path).catch(() => {});
    void segment.file.close().catch(() => {});
  }
}

function isZero(file: Buffer, { offset, length }: RecordPlace): boolean {
  return file.subarray(offset, offset + length).every((byte) => byte === 0);
}
