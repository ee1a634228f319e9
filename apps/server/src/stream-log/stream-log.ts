import type { EncodedEvent, GenerationId } from '@streambed/protocol';

/** Consecutive events of one generation: the seq of `events[i]` is `first + i`. Never empty. */
export interface LogBatch {
  readonly first: number;
  readonly events: readonly EncodedEvent[];
}

export interface ReadOptions {
  /** The last seq the reader has; 0 for all. Reading starts strictly after it. */
  readonly after: number;
  /** Ends the reading quietly. */
  readonly signal: AbortSignal;
  /** About how much JSON one batch may hold, in characters; a single larger event comes alone. Default 32 Ki. */
  readonly maxBatch?: number;
}

/**
 * The ordered events of every generation. An event is in the log before anyone sees it, and live and late readers
 * read the same log.
 */
export interface StreamLog {
  /** Makes an empty log for a new generation. */
  open(generation: GenerationId): void;
  /**
   * Adds events and gives them their seqs; once it has resolved, readers may see them. All of `events` or none.
   * Rejects with `SB_LOG_FULL` past the bounds; a lone `generation_stop` always has room, and nothing follows it.
   */
  append(generation: GenerationId, events: readonly EncodedEvent[]): Promise<void>;
  /**
   * The events after `after`, as they come, up to and including `generation_stop`. What has piled up comes in larger
   * batches. Throws `SB_NOT_FOUND` when there is no such log, also when it is erased under the reader.
   */
  read(generation: GenerationId, options: ReadOptions): AsyncIterable<LogBatch>;
  /** The last seq so far; 0 before the first event and for a log that isn't there. */
  head(generation: GenerationId): number;
  /** Forgets a log and its content. Idempotent. */
  erase(generation: GenerationId): void;
  /** How much JSON is kept in all, in characters. */
  readonly size: number;
}
