import type { GenerationId } from '@streambed/protocol';
import type { LogEntry } from './log-entry.ts';
import type { KeepLimits } from './memory-options.ts';

/** What the endings know of the log that they are in. */
export interface EndingsHome {
  /** What is in memory now, as `roomOf` counts it. */
  readonly size: () => number;
  /** Whether what has ended is still needed, however old it is. */
  readonly isNeeded: (generation: GenerationId) => boolean;
  /** Whether its events lie elsewhere too. */
  readonly isBacked: (generation: GenerationId) => boolean;
  /** Frees the memory of an entry's events. */
  readonly letGoOf: (entry: LogEntry) => void;
  readonly forget: (generation: GenerationId) => void;
}

/** What has ended and can still be read, in the order in which it ended: what goes when, and what stays. */
export class Endings {
  readonly #keep: KeepLimits;
  readonly #home: EndingsHome;
  readonly #entries = new Set<LogEntry>();
  readonly #inMemory = new Set<LogEntry>();

  constructor(keep: KeepLimits, home: EndingsHome) {
    this.#keep = keep;
    this.#home = home;
  }

  add(entry: LogEntry): void {
    this.#entries.add(entry);
    if (entry.inMemory) this.#inMemory.add(entry);
  }

  /** Its events are no longer in memory. */
  leftMemory(entry: LogEntry): void {
    this.#inMemory.delete(entry);
  }

  delete(entry: LogEntry): void {
    this.#entries.delete(entry);
    this.#inMemory.delete(entry);
  }

  /** Forgets what is too old or too many, then frees memory where too much is held: what ended first goes first. */
  sweep(now: number): void {
    for (const entry of this.#entries) {
      const old = now - (entry.endedAt ?? now) >= this.#keep.ms;
      if (!old && this.#entries.size <= this.#keep.generations) break;
      if (this.#mayGo(entry)) this.#home.forget(entry.record.generation);
    }
    for (const entry of this.#inMemory) {
      if (this.#home.size() <= this.#keep.size) break;
      if (this.#home.isBacked(entry.record.generation)) this.#home.letGoOf(entry);
      else if (this.#mayGo(entry)) this.#home.forget(entry.record.generation);
    }
  }

  /** Forgets the oldest one that is kept on disk and that nobody reads. False where there is none. */
  forgetOldestStored(): boolean {
    for (const entry of this.#entries) {
      if (entry.record.store === 'none' || !this.#mayGo(entry)) continue;
      this.#home.forget(entry.record.generation);
      return true;
    }
    return false;
  }

  #mayGo({ readers, record }: LogEntry): boolean {
    return readers.size === 0 && !this.#home.isNeeded(record.generation);
  }
}
