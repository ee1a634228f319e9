import { setImmediate as nextTurn } from 'node:timers/promises';
import { type EncodedEvent, type GenerationId, StreambedError } from '@streambed/protocol';
import type { LogBatch, ReadOptions, StreamLog } from './stream-log.ts';

/** What a memory log may hold. Sizes are characters of JSON text; the parsed events beside it cost about as much again. */
export interface LogLimits {
  readonly eventsPerGeneration: number;
  readonly sizePerGeneration: number;
  readonly sizeInAll: number;
}

export const defaultLogLimits: LogLimits = {
  eventsPerGeneration: 250_000,
  sizePerGeneration: 16 * 1024 * 1024,
  sizeInAll: 256 * 1024 * 1024,
};

/** One reading under way; `wake` is called when there may be more to read. */
interface Reader {
  wake: () => void;
}

interface Entry {
  readonly events: EncodedEvent[];
  readonly readers: Set<Reader>;
  size: number;
  ended: boolean;
  erased: boolean;
}

const defaultBatch = 32 * 1024;
const notFound = 'There is no such generation here, or it is no longer kept.';

/** A stream log in this process's memory: what is live, and what has ended until it is erased. */
export class MemoryStreamLog implements StreamLog {
  readonly #limits: LogLimits;
  readonly #entries = new Map<GenerationId, Entry>();
  #size = 0;

  constructor(limits: LogLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  open(generation: GenerationId): void {
    if (this.#entries.has(generation)) throw new TypeError(`log ${generation} is already open`);
    this.#entries.set(generation, { events: [], readers: new Set(), size: 0, ended: false, erased: false });
  }

  async append(generation: GenerationId, events: readonly EncodedEvent[]): Promise<void> {
    const last = events.at(-1);
    if (last === undefined) return;
    const entry = this.#entry(generation);
    if (entry.ended) throw new TypeError(`log ${generation} has ended`);

    let size = 0;
    for (const { json } of events) size += json.length;
    const ends = last.event.type === 'generation_stop';
    if (!(ends && events.length === 1)) this.#checkRoom(entry, events.length, size);

    for (const event of events) entry.events.push(event);
    entry.size += size;
    this.#size += size;
    entry.ended = ends;
    wake(entry);
  }

  async *read(generation: GenerationId, options: ReadOptions): AsyncGenerator<LogBatch> {
    const { signal, maxBatch = defaultBatch } = options;
    const entry = this.#entry(generation);
    const reader: Reader = { wake: () => {} };
    const wakeUp = () => reader.wake();
    entry.readers.add(reader);
    signal.addEventListener('abort', wakeUp);
    try {
      let seq = options.after;
      while (!signal.aborted) {
        if (entry.erased) throw new StreambedError('SB_NOT_FOUND', notFound);
        if (seq < entry.events.length) {
          const events = entry.events.slice(seq, batchEnd(entry.events, seq, maxBatch));
          const first = seq + 1;
          seq += events.length;
          yield { first, events };
          // Much has piled up: others have their turn between its batches.
          if (seq < entry.events.length) await nextTurn();
        } else if (entry.ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            reader.wake = resolve;
          });
        }
      }
    } finally {
      entry.readers.delete(reader);
      signal.removeEventListener('abort', wakeUp);
    }
  }

  head(generation: GenerationId): number {
    return this.#entries.get(generation)?.events.length ?? 0;
  }

  erase(generation: GenerationId): void {
    const entry = this.#entries.get(generation);
    if (entry === undefined) return;
    this.#entries.delete(generation);
    this.#size -= entry.size;
    entry.erased = true;
    entry.events.length = 0;
    wake(entry);
  }

  #entry(generation: GenerationId): Entry {
    const entry = this.#entries.get(generation);
    if (entry === undefined) throw new StreambedError('SB_NOT_FOUND', notFound);
    return entry;
  }

  #checkRoom(entry: Entry, count: number, size: number): void {
    const { eventsPerGeneration, sizePerGeneration, sizeInAll } = this.#limits;
    const full =
      entry.events.length + count > eventsPerGeneration ||
      entry.size + size > sizePerGeneration ||
      this.#size + size > sizeInAll;
    if (full) throw new StreambedError('SB_LOG_FULL');
  }
}

/** Where the batch that starts at index `from` ends: at the head, or before the event that would pass `maxBatch`. */
function batchEnd(events: readonly EncodedEvent[], from: number, maxBatch: number): number {
  let size = 0;
  for (let index = from; index < events.length; index += 1) {
    size += events[index]?.json.length ?? 0;
    if (size > maxBatch && index > from) return index;
  }
  return events.length;
}

function wake({ readers }: Entry): void {
  for (const reader of readers) reader.wake();
}
