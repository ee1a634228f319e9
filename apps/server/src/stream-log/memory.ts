import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  countOf,
  type EventItem,
  endOf,
  type GenerationId,
  type GenerationStop,
  StreambedError,
} from '@streambed/protocol';
import { type Owner, sameOwner } from '../generation/owner.ts';
import { sizeOf } from './batch-size.ts';
import { HeldEvents } from './held-events.ts';
import { defaultKnownIds, KnownIds } from './known-ids.ts';
import { LogBatch } from './log-batch.ts';
import {
  defaultKeep,
  defaultLogLimits,
  type Ending,
  type KeepLimits,
  type LogLimits,
  type MemoryLogOptions,
} from './memory-options.ts';
import type {
  GenerationName,
  GenerationRecord,
  GenerationView,
  Holder,
  ReadOptions,
  StreamLog,
} from './stream-log.ts';

/** One reading under way; `wake` is called when there may be more to read. */
interface Reader {
  wake: () => void;
}

/** Events of one generation that are to be seen next. */
interface Appended {
  readonly generation: GenerationId;
  readonly items: readonly EventItem[];
}

interface Entry {
  readonly record: GenerationRecord;
  readonly holder: Holder | undefined;
  /** All events, or none when they lie in the backing only. */
  events: HeldEvents;
  inMemory: boolean;
  head: number;
  readonly readers: Set<Reader>;
  size: number;
  stop: GenerationStop | undefined;
  endedAt: number | undefined;
  erased: boolean;
}

const defaultBatch = 32 * 1024;

/** A stream log in this process's memory: what is live, and what has ended until it is forgotten. */
export class MemoryStreamLog implements StreamLog {
  readonly knownIds: KnownIds;
  readonly #limits: LogLimits;
  readonly #keep: KeepLimits;
  readonly #now: () => number;
  readonly #options: MemoryLogOptions;
  readonly #entries = new Map<GenerationId, Entry>();
  /** In the order in which they ended; what is in memory of them, apart. */
  readonly #ended = new Set<Entry>();
  readonly #endedInMemory = new Set<Entry>();
  #size = 0;
  #readers = 0;

  constructor(options: MemoryLogOptions = {}) {
    this.#options = options;
    this.#limits = options.limits ?? defaultLogLimits;
    this.#keep = options.keep ?? defaultKeep;
    this.#now = options.now ?? Date.now;
    this.knownIds = new KnownIds(options.knownIds ?? defaultKnownIds);
  }

  get size(): number {
    return this.#size;
  }

  get readers(): number {
    return this.#readers;
  }

  async open(record: GenerationRecord, holder: Holder): Promise<GenerationView> {
    const claimed = this.claimed(record);
    if (claimed !== undefined) return claimed;
    if (record.store !== 'none' && this.#options.stores === false)
      throw new StreambedError('SB_STORE_FAILED');
    return this.make(record, holder);
  }

  /** What the record's id already names. */
  claimed({ owner, id }: GenerationRecord): GenerationView | undefined {
    const known = id === undefined ? undefined : this.knownIds.get(owner, id);
    return known && this.#viewOf(known);
  }

  /** Makes an empty log, its id claimed. */
  make(record: GenerationRecord, holder?: Holder): GenerationView {
    if (this.#entries.has(record.generation)) throw new TypeError(`log ${record.generation} is already open`);
    const entry: Entry = {
      record,
      holder,
      events: new HeldEvents(),
      inMemory: true,
      head: 0,
      readers: new Set(),
      size: 0,
      stop: undefined,
      endedAt: undefined,
      erased: false,
    };
    this.#entries.set(record.generation, entry);
    this.knownIds.claim(record);
    this.#changed(entry);
    return viewOf(entry);
  }

  /** Takes in what another run of this program has left in the backing. */
  restore(record: GenerationRecord, head: number, stop?: GenerationStop, endedAt?: number): void {
    this.make(record);
    const entry = this.#entry(record.generation);
    entry.head = head;
    entry.inMemory = false;
    if (stop !== undefined) this.#end(entry, stop, endedAt ?? this.#now());
  }

  async append(generation: GenerationId, items: readonly EventItem[]): Promise<void> {
    this.admit(generation, items);
    const noted = this.noteEnds([{ generation, items }]);
    if (noted !== undefined) await noted;
    this.publish(generation, items);
  }

  /** Tells of the ends among admitted events, before they are published. */
  noteEnds(appends: readonly Appended[]): Promise<void> | undefined {
    const { beforeEnds } = this.#options;
    if (beforeEnds === undefined) return undefined;
    const ends: Ending[] = [];
    for (const { generation, items } of appends) {
      const stop = endOf(items);
      if (stop === undefined) continue;
      const entry = this.#entries.get(generation);
      if (entry !== undefined) ends.push({ record: entry.record, stop });
    }
    return ends.length === 0 ? undefined : beforeEnds(ends);
  }

  /** Checks that there is room and takes it. What is admitted must be published. */
  admit(generation: GenerationId, items: readonly EventItem[]): void {
    if (items.length === 0) return;
    const entry = this.#entry(generation);
    if (entry.stop !== undefined) throw new TypeError(`log ${generation} has ended`);
    const size = sizeOf(items);
    const lonelyEnd = items.length === 1 && endOf(items) !== undefined;
    if (!lonelyEnd) this.#checkRoom(entry, countOf(items), size);
    entry.size += size;
    this.#size += size;
  }

  /** Shows admitted events to readers. */
  publish(generation: GenerationId, items: readonly EventItem[]): void {
    if (items.length === 0) return;
    // Erased since it was admitted: then its room has been given back too.
    const entry = this.#entry(generation);
    if (entry.inMemory) entry.events.push(items);
    else this.#letGoOf(entry);
    entry.head += countOf(items);
    const stop = endOf(items);
    if (stop !== undefined) this.#end(entry, stop, this.#now());
    for (const reader of entry.readers) reader.wake();
    if (entry.stop !== undefined) this.sweep();
  }

  async *read(generation: GenerationId, options: ReadOptions): AsyncGenerator<LogBatch> {
    const { signal, maxBatch = defaultBatch } = options;
    const entry = this.#entry(generation);
    const reader: Reader = { wake: () => {} };
    const wakeUp = () => reader.wake();
    entry.readers.add(reader);
    this.#readers += 1;
    signal.addEventListener('abort', wakeUp);
    try {
      let seq = options.after;
      while (!signal.aborted) {
        if (entry.erased) throw notFound();
        if (seq < entry.head) {
          const batch: LogBatch = entry.inMemory
            ? entry.events.after(seq, maxBatch)
            : new LogBatch(seq + 1, await this.#load(entry, seq, maxBatch));
          seq = batch.last;
          yield batch;
          // Much has piled up: others have their turn between its batches.
          if (seq < entry.head) await nextTurn();
        } else if (entry.stop !== undefined) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
        }
      }
    } finally {
      entry.readers.delete(reader);
      this.#readers -= 1;
      signal.removeEventListener('abort', wakeUp);
    }
  }

  async find(owner: Owner, { generation, id }: GenerationName): Promise<GenerationView | undefined> {
    if (generation !== undefined) {
      const entry = this.#entries.get(generation);
      return entry !== undefined && sameOwner(entry.record.owner, owner) ? viewOf(entry) : undefined;
    }
    const known = id === undefined ? undefined : this.knownIds.get(owner, id);
    return known && this.#viewOf(known);
  }

  has(generation: GenerationId): boolean {
    return this.#entries.has(generation);
  }

  /** The records of what is here. */
  *records(): Iterable<GenerationRecord> {
    for (const { record } of this.#entries.values()) yield record;
  }

  cancel(generation: GenerationId): void {
    const entry = this.#entries.get(generation);
    if (entry?.stop === undefined) entry?.holder?.cancel();
  }

  async erase(generation: GenerationId): Promise<void> {
    this.forget(generation);
  }

  /** Lets go of a log, its readers told. Idempotent. */
  forget(generation: GenerationId): void {
    const entry = this.#entries.get(generation);
    if (entry === undefined) return;
    this.#entries.delete(generation);
    this.#ended.delete(entry);
    this.#letGoOf(entry);
    entry.erased = true;
    for (const reader of entry.readers) reader.wake();
    this.#options.onForget?.(generation);
    this.#changed(entry);
  }

  sweep(): void {
    const now = this.#now();
    for (const entry of this.#ended) {
      const old = now - (entry.endedAt ?? now) >= this.#keep.ms;
      if (!old && this.#ended.size <= this.#keep.generations) break;
      if (this.#mayGo(entry)) this.forget(entry.record.generation);
    }
    for (const entry of this.#endedInMemory) {
      if (this.#size <= this.#keep.size) break;
      if (this.#options.backing?.holds(entry.record.generation) === true) this.#letGoOf(entry);
      else if (this.#mayGo(entry)) this.forget(entry.record.generation);
    }
    this.knownIds.sweep(now, (generation) => this.#entries.has(generation));
  }

  /** Forgets the oldest ending that is kept on disk and that nobody reads. False where there is none. */
  forgetOldestEnding(): boolean {
    for (const entry of this.#ended) {
      if (entry.record.store === 'none' || !this.#mayGo(entry)) continue;
      this.forget(entry.record.generation);
      return true;
    }
    return false;
  }

  #mayGo({ readers, record }: Entry): boolean {
    return readers.size === 0 && this.#options.isNeeded?.(record.generation) !== true;
  }

  async close(): Promise<void> {}

  /** Frees the memory of events that lie elsewhere, or nowhere any more. */
  #letGoOf(entry: Entry): void {
    this.#size -= entry.size;
    entry.size = 0;
    entry.events = new HeldEvents();
    entry.inMemory = false;
    this.#endedInMemory.delete(entry);
  }

  async #load(entry: Entry, after: number, maxBatch: number): Promise<readonly EventItem[]> {
    try {
      const items = await this.#options.backing?.load(entry.record.generation, after, maxBatch);
      if (items !== undefined && items.length > 0 && !entry.erased) return items;
    } catch (thrown) {
      if (!entry.erased) throw thrown;
    }
    throw entry.erased ? notFound() : new StreambedError('SB_STORE_FAILED');
  }

  #end(entry: Entry, stop: GenerationStop, endedAt: number): void {
    entry.stop = stop;
    entry.endedAt = endedAt;
    this.#ended.add(entry);
    if (entry.inMemory) this.#endedInMemory.add(entry);
    this.#changed(entry);
  }

  #viewOf(known: GenerationRecord): GenerationView {
    const entry = this.#entries.get(known.generation);
    return entry === undefined ? { record: known, head: 0, expired: true } : viewOf(entry);
  }

  #changed(entry: Entry): void {
    this.#options.onChange?.(viewOf(entry));
  }

  #entry(generation: GenerationId): Entry {
    const entry = this.#entries.get(generation);
    if (entry === undefined) throw notFound();
    return entry;
  }

  #checkRoom(entry: Entry, count: number, size: number): void {
    const { eventsPerGeneration, sizePerGeneration, sizeInAll } = this.#limits;
    const full =
      entry.head + count > eventsPerGeneration ||
      entry.size + size > sizePerGeneration ||
      this.#size + size > sizeInAll;
    if (full) throw new StreambedError('SB_LOG_FULL');
  }
}

function viewOf({ record, head, stop, endedAt, erased }: Entry): GenerationView {
  return {
    record,
    head,
    ...(stop !== undefined && { stop }),
    ...(endedAt !== undefined && { endedAt }),
    expired: erased,
  };
}

function notFound(): StreambedError {
  return new StreambedError('SB_NOT_FOUND', 'There is no such generation here, or it is no longer kept.');
}
