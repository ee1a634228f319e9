import { join } from 'node:path';
import { countOf, type EventItem, encodeEvent, type GenerationId, StreambedError } from '@streambed/protocol';
import type { Owner } from '../../generation/owner.ts';
import { MemoryStreamLog } from '../memory.ts';
import { defaultKeep, type MemoryLogOptions } from '../memory-options.ts';
import type {
  GenerationName,
  GenerationRecord,
  GenerationView,
  Holder,
  LogBatch,
  ReadOptions,
  StreamLog,
} from '../stream-log.ts';
import { createWriteAt, type WriteAt } from './disk-write.ts';
import { eventsRecord } from './event-record.ts';
import { GenerationIndex, type Known } from './generation-index.ts';
import { GroupCommit } from './group-commit.ts';
import { interruptedStop, type Leftover, usageOf } from './leftovers.ts';
import { type DiskLimits, SegmentFiles, type SegmentPlace } from './segment-files.ts';
import { type Stored, StoredEvents } from './stored-events.ts';
import { takeInLeftovers } from './take-in-leftovers.ts';

export const defaultDiskLimits: DiskLimits = {
  bytes: 2 * 1024 * 1024 * 1024,
  segmentBytes: 16 * 1024 * 1024,
  segmentMs: 60_000,
};

export interface SegmentLogOptions extends Omit<MemoryLogOptions, 'backing' | 'onForget'> {
  /** There already, and ours alone. */
  readonly dir: string;
  readonly disk?: DiskLimits;
  readonly writeAt?: WriteAt;
  /** Told when the disk fails and when it works again; never of content. */
  readonly onDisk?: (trouble: Error | undefined) => void;
}

/** Events that are admitted and wait to be written, then to be seen. */
interface Append {
  readonly generation: GenerationId;
  readonly stored: Stored;
  readonly items: readonly EventItem[];
}

/**
 * A stream log that survives its process: what is live is in memory, and behind it everything of a stored generation is
 * in files before a reader sees it. One `write` a tick serves all generations together.
 */
export class SegmentStreamLog implements StreamLog {
  readonly #live: MemoryStreamLog;
  readonly #files: SegmentFiles;
  readonly #appends = new GroupCommit<Append>((appends) => this.#write(appends));
  readonly #index: GenerationIndex;
  readonly #disk: DiskLimits;
  readonly #now: () => number;
  readonly #onDisk: SegmentLogOptions['onDisk'];
  readonly #isNeeded: SegmentLogOptions['isNeeded'];
  readonly #stored: StoredEvents;
  readonly #opening = new Map<GenerationId, Promise<void>>();
  #trouble = false;

  /** Opens the log in `dir` and takes in what another run has left: what ran then is now `interrupted`. */
  static async open(options: SegmentLogOptions): Promise<SegmentStreamLog> {
    const log = new SegmentStreamLog(options);
    await log.#recover((options.keep ?? defaultKeep).ms);
    return log;
  }

  private constructor(options: SegmentLogOptions) {
    this.#disk = options.disk ?? defaultDiskLimits;
    this.#now = options.now ?? Date.now;
    this.#onDisk = options.onDisk;
    this.#isNeeded = options.isNeeded;
    const { dir, writeAt = createWriteAt() } = options;
    this.#files = new SegmentFiles({ dir, limits: this.#disk, now: this.#now, writeAt });
    this.#stored = new StoredEvents(this.#files);
    this.#index = new GenerationIndex(join(dir, 'generations.log'), () => this.#known(), writeAt);
    this.#live = new MemoryStreamLog({
      ...options,
      backing: {
        load: (generation, after, maxBatch) => this.#stored.load(generation, after, maxBatch),
        holds: (generation) => this.#stored.get(generation)?.whole === true,
      },
      onForget: (generation) => this.#stored.release(generation),
    });
  }

  get size(): number {
    return this.#live.size;
  }

  /** What the events take of the disk, in bytes. */
  get bytesOnDisk(): number {
    return this.#files.bytes;
  }

  get readers(): number {
    return this.#live.readers;
  }

  async open(record: GenerationRecord, holder: Holder): Promise<GenerationView> {
    const claimed = this.#live.claimed(record);
    if (claimed !== undefined) {
      await this.#opening.get(claimed.record.generation);
      return this.#live.claimed(record) ?? claimed;
    }
    if (record.store === 'none') return this.#live.make(record, holder);
    const view = this.#live.make(record, holder);
    const opening = this.#store(record);
    this.#opening.set(record.generation, opening);
    try {
      await opening;
    } finally {
      this.#opening.delete(record.generation);
    }
    return view;
  }

  append(generation: GenerationId, items: readonly EventItem[]): Promise<void> | undefined {
    if (items.length === 0) return undefined;
    this.#live.admit(generation, items);
    const stored = this.#stored.get(generation);
    return stored?.whole === true
      ? this.#appends.write({ generation, stored, items })
      : this.#live.show(generation, items);
  }

  read(generation: GenerationId, options: ReadOptions): AsyncIterable<LogBatch> {
    return this.#live.read(generation, options);
  }

  find(owner: Owner, name: GenerationName): Promise<GenerationView | undefined> {
    return this.#live.find(owner, name);
  }

  cancel(generation: GenerationId): void {
    this.#live.cancel(generation);
  }

  async erase(generation: GenerationId): Promise<void> {
    const wasStored = this.#stored.has(generation);
    this.#live.forget(generation);
    if (!wasStored) return;
    try {
      await this.#index.erased(generation);
      // What was just being written of it is released when it is written.
      await this.#appends.written();
      await this.#files.erase();
      this.#report(undefined);
    } catch (thrown) {
      this.#report(thrown as Error);
      throw new StreambedError('SB_STORE_FAILED', undefined, { cause: thrown });
    }
  }

  sweep(): void {
    this.#live.sweep();
    this.#files.erase().catch((thrown: Error) => this.#report(thrown));
  }

  async close(): Promise<void> {
    await this.#appends.settled();
    await this.#index.close();
    await this.#files.close();
  }

  /** Writes down that a generation begins, before anything else of it happens. */
  async #store(record: GenerationRecord): Promise<void> {
    const { generation } = record;
    try {
      this.#makeRoom();
      await this.#index.began(record);
      this.#stored.begin(generation);
      this.#report(undefined);
    } catch (thrown) {
      this.#live.knownIds.release(record);
      this.#live.forget(generation);
      this.#report(thrown as Error);
      throw new StreambedError('SB_STORE_FAILED', undefined, { cause: thrown });
    }
  }

  /** Keeps a tenth of the disk's share free: what ended first goes. Throws where nothing more can go. */
  #makeRoom(): void {
    const most = this.#disk.bytes * 0.9;
    while (this.#files.bytes > most && this.#live.forgetOldestEnding());
    if (this.#files.bytes > most) throw new Error('the stream log is full');
  }

  /** Writes what a tick brought, then shows it. Of what was erased meanwhile nothing is written. */
  #write(appends: readonly Append[]): Promise<void> | undefined {
    const wanted = appends.filter((append) => this.#isWanted(append));
    if (wanted.length === 0) return undefined;
    const at = this.#now();
    const records = wanted.map(({ generation, stored, items }) => ({
      generation,
      body: eventsRecord(generation, at, stored.head + 1, items),
    }));
    const show = (places: readonly SegmentPlace[]) =>
      this.#afterNoting(wanted, () => this.#show(wanted, places));
    const showUnwritten = (thrown: unknown) =>
      this.#afterNoting(wanted, () => this.#showUnwritten(wanted, thrown));
    let places: ReturnType<SegmentFiles['write']>;
    try {
      places = this.#files.write(records);
    } catch (thrown) {
      return showUnwritten(thrown);
    }
    return places instanceof Promise ? places.then(show, showUnwritten) : show(places);
  }

  #afterNoting(appends: readonly Append[], show: () => void): Promise<void> | undefined {
    const noted = this.#live.noteEnds(appends);
    if (noted !== undefined) return noted.then(show);
    show();
    return undefined;
  }

  #show(written: readonly Append[], places: readonly SegmentPlace[]): void {
    written.forEach((append, index) => {
      const { generation, stored, items } = append;
      const place = places[index] as SegmentPlace;
      if (this.#isWanted(append)) {
        const count = countOf(items);
        stored.pieces.push({ first: stored.head + 1, count, place });
        stored.head += count;
        this.#live.publish(generation, items);
      } else this.#files.release(generation, [place]);
    });
  }

  /** A failing disk does not end what runs: from then on it is in memory only, and that is reported. */
  #showUnwritten(appends: readonly Append[], thrown: unknown): void {
    this.#report(thrown as Error);
    for (const append of appends) {
      append.stored.whole = false;
      if (this.#isWanted(append)) this.#live.publish(append.generation, append.items);
    }
  }

  /** False once it is erased. */
  #isWanted({ generation, stored }: Append): boolean {
    return this.#stored.get(generation) === stored;
  }

  #known(): Known {
    const known = new Map<GenerationId, readonly [GenerationRecord, boolean]>();
    for (const record of this.#live.knownIds.values()) {
      if (record.store !== 'none') known.set(record.generation, [record, this.#live.has(record.generation)]);
    }
    for (const record of this.#live.records()) {
      if (record.store !== 'none') known.set(record.generation, [record, true]);
    }
    return [...known.values()];
  }

  async #recover(keepMs: number): Promise<void> {
    const cutOff = await takeInLeftovers({
      index: this.#index,
      files: this.#files,
      stored: this.#stored,
      live: this.#live,
      isStale: (generation, endedAt) =>
        this.#now() - endedAt >= keepMs && this.#isNeeded?.(generation) !== true,
    });
    // A disk that is full already must not keep the server from starting: stored generations are refused until it works.
    try {
      await this.#index.rewrite();
      await this.#files.erase();
    } catch (thrown) {
      this.#report(thrown as Error);
    }
    for (const leftover of cutOff) await this.#interrupt(leftover);
    this.sweep();
  }

  /** Ends what ran when the process before this one went. */
  async #interrupt(leftover: Leftover): Promise<void> {
    const { generation } = leftover.record;
    const stored = this.#stored.get(generation);
    const { signal } = new AbortController();
    const usage = await usageOf(this.read(generation, { after: 0, signal }), stored?.head ?? 0);
    const end = [encodeEvent(interruptedStop(leftover, usage))];
    await this.append(generation, end);
    if (stored?.whole === false) stored.unwritten = end;
  }

  #report(trouble: Error | undefined): void {
    if ((trouble !== undefined) === this.#trouble) return;
    this.#trouble = trouble !== undefined;
    this.#onDisk?.(trouble);
  }
}
