import type { EventItem, GenerationId, GenerationStop } from '@streambed/protocol';
import type { KnownIdLimits } from './known-ids.ts';
import type { GenerationRecord, GenerationView } from './stream-log.ts';

/** What a log may hold in memory. Sizes are as `roomOf` counts them. */
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

/** How long what has ended stays readable, and how much of it. */
export interface KeepLimits {
  readonly ms: number;
  readonly generations: number;
  /** What is in memory, past which what ended first gives its room back. */
  readonly size: number;
}

export const defaultKeep: KeepLimits = { ms: 10 * 60_000, generations: 50_000, size: 16 * 1024 * 1024 };

/** Where events lie that are not in memory any more. */
export interface Backing {
  /** Events strictly after `after`, at least one, about `maxBatch` characters. */
  load(generation: GenerationId, after: number, maxBatch: number): Promise<readonly EventItem[]>;
  /** Whether all of it lies there, so that memory may let go of it. */
  holds(generation: GenerationId): boolean;
}

/** A generation that ends. */
export interface Ending {
  readonly record: GenerationRecord;
  readonly stop: GenerationStop;
}

export interface MemoryLogOptions {
  readonly limits?: LogLimits;
  readonly keep?: KeepLimits;
  readonly knownIds?: KnownIdLimits;
  readonly now?: () => number;
  readonly backing?: Backing;
  /** false: what must be stored is refused. For where there is no disk. */
  readonly stores?: boolean;
  /** Whether what has ended is still needed, however old it is. */
  readonly isNeeded?: (generation: GenerationId) => boolean;
  /** Told when a generation begins, ends, or is forgotten. */
  readonly onChange?: ((view: GenerationView) => void) | undefined;
  /**
   * Told of ends before readers see them, all those of a tick together. They are shown when it returns, or when its
   * promise resolves; it never throws or rejects.
   */
  readonly beforeEnds?: ((ends: readonly Ending[]) => Promise<void> | undefined) | undefined;
  readonly onForget?: (generation: GenerationId) => void;
}
