import { StreambedError } from '@streambed/protocol';
import type { LogEntry } from './log-entry.ts';
import type { LogLimits } from './memory-options.ts';

/** How much the events in memory take, of each generation and in all, as `roomOf` counts it. */
export class LogRoom {
  readonly #limits: LogLimits;
  #taken = 0;

  constructor(limits: LogLimits) {
    this.#limits = limits;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Throws `SB_LOG_FULL` where so many events more, of that size, are more than there may be. */
  check(entry: LogEntry, count: number, size: number): void {
    const { eventsPerGeneration, sizePerGeneration, sizeInAll } = this.#limits;
    const full =
      entry.head + count > eventsPerGeneration ||
      entry.size + size > sizePerGeneration ||
      this.#taken + size > sizeInAll;
    if (full) throw new StreambedError('SB_LOG_FULL');
  }

  take(entry: LogEntry, size: number): void {
    entry.size += size;
    this.#taken += size;
  }

  /** All that the entry has taken. */
  giveBack(entry: LogEntry): void {
    this.#taken -= entry.size;
    entry.size = 0;
  }
}
