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
import { roomOf } from './batch-size.ts';
import { Endings } from './endings.ts';
import { HeldEvents } from './held-events.ts';
import { defaultKnownIds, KnownIds } from './known-ids.ts';
import { LogBatch } from './log-batch.ts';
import { type LogEntry, newEntry, type Reader, viewOf } from './log-entry.ts';
import { LogRoom } from './log-room.ts';
import { defaultKeep, defaultLogLimits, type Ending, type MemoryLogOptions } from './memory-options.ts';
import type {
  GenerationName,
  GenerationRecord,
  GenerationView,
  Holder,
  ReadOptions,
  StreamLog,
} from './stream-log.ts';

/** Events of one generation that are to be seen next. */
interface Appended {
  readonly generation: GenerationId;
  readonly items: readonly EventItem[];
}

const defaultBatch = 32 * 1024;

/** A stream log in this process's memory: what is live, and what has ended until it is forgotten. */
export class MemoryStreamLog implements StreamLog {
  readonly knownIds: KnownIds;
  readonly #now: () => number;
  readonly #options: MemoryLogOptions;
  readonly #entries = new Map<GenerationId, LogEntry>();
  readonly #room: LogRoom;
  readonly #endings: Endings;
  #readers = 0;

  constructor(options: MemoryLogOptions = {}) {
    this.#options = options;
    this.#room = new LogRoom(options.limits ?? defaultLogLimits);
    this.#endings = new Endings(options.keep ?? defaultKeep, {
      size: () => this.#room.taken,
      isNeeded: (generation) => options.isNeeded?.(generation) === true,
      isBacked: (generation) => options.backing?.holds(generation) === true,
      letGoOf: (entry) => this.#letGoOf(entry),
      forget: (generation) => this.forget(generation),
    });
    this.#now = options.now ?? Date.now;
    this.knownIds = new KnownIds(options.knownIds ?? defaultKnownIds);
  }

  get size(): number {
    return this.#room.taken;
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
    const entry = newEntry(record, holder);
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

  append(generation: GenerationId, items: readonly EventItem[]): Promise<void> | undefined {
    this.admit(generation, items);
    return this.show(generation, items);
  }

  /** Tells of an end among admitted events, then publishes them. */
  show(generation: GenerationId, items: readonly EventItem[]): Promise<void> | undefined {
    const noted = this.noteEnds([{ generation, items }]);
    if (noted !== undefined) return noted.then(() => this.publish(generation, items));
    this.publish(generation, items);
    return undefined;
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
    const size = roomOf(items);
    const lonelyEnd = items.length === 1 && endOf(items) !== undefined;
    if (!lonelyEnd) this.#room.check(entry, countOf(items), size);
    this.#room.take(entry, size);
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
    this.#entries.get(generation)?.holder?.cancel();
  }

  async erase(generation: GenerationId): Promise<void> {
    this.forget(generation);
  }

  /** Lets go of a log, its readers told. Idempotent. */
  forget(generation: GenerationId): void {
    const entry = this.#entries.get(generation);
    if (entry === undefined) return;
    this.#entries.delete(generation);
    this.#endings.delete(entry);
    this.#letGoOf(entry);
    entry.erased = true;
    for (const reader of entry.readers) reader.wake();
    this.#options.onForget?.(generation);
    this.#changed(entry);
  }

  sweep(): void {
    const now = this.#now();
    this.#endings.sweep(now);
    this.knownIds.sweep(now, (generation) => this.#entries.has(generation));
  }

  /** Forgets the oldest ending that is kept on disk and that nobody reads. False where there is none. */
  forgetOldestEnding(): boolean {
    return this.#endings.forgetOldestStored();
  }

  async close(): Promise<void> {}

  /** Frees the memory of events that lie elsewhere, or nowhere any more. */
  #letGoOf(entry: LogEntry): void {
    this.#room.giveBack(entry);
    entry.events = new HeldEvents();
    entry.inMemory = false;
    this.#endings.leftMemory(entry);
  }

  async #load(entry: LogEntry, after: number, maxBatch: number): Promise<readonly EventItem[]> {
    try {
      const items = await this.#options.backing?.load(entry.record.generation, after, maxBatch);
      if (items !== undefined && items.length > 0 && !entry.erased) return items;
    } catch (thrown) {
      if (!entry.erased) throw thrown;
    }
    throw entry.erased ? notFound() : new StreambedError('SB_STORE_FAILED');
  }

  #end(entry: LogEntry, stop: GenerationStop, endedAt: number): void {
    entry.stop = stop;
    entry.endedAt = endedAt;
    entry.holder = undefined;
    this.#endings.add(entry);
    this.#changed(entry);
  }

  #viewOf(known: GenerationRecord): GenerationView {
    const entry = this.#entries.get(known.generation);
    return entry === undefined ? { record: known, head: 0, expired: true } : viewOf(entry);
  }

  #changed(entry: LogEntry): void {
    this.#options.onChange?.(viewOf(entry));
  }

  #entry(generation: GenerationId): LogEntry {
    const entry = this.#entries.get(generation);
    if (entry === undefined) throw notFound();
    return entry;
  }
}

function notFound(): StreambedError {
  return new StreambedError('SB_NOT_FOUND', 'There is no such generation here, or it is no longer kept.');
}
