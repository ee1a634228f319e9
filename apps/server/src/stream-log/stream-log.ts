import type { ClientId, EventItem, GenerationId, GenerationStop } from '@streambed/protocol';
import type { SurfaceName } from '../access/caller.ts';
import type { Owner } from '../generation/owner.ts';
import type { LogBatch } from './log-batch.ts';

export type { LogBatch } from './log-batch.ts';

export interface ReadOptions {
  /** The last seq the reader has; 0 for all. Reading starts strictly after it. */
  readonly after: number;
  /** Ends the reading quietly. */
  readonly signal: AbortSignal;
  /** About how much JSON one batch may hold, in characters; a single larger event comes alone. Default 32 Ki. */
  readonly maxBatch?: number;
}

/** What a log knows of a generation beside its events: never its request, never a prompt. */
export interface GenerationRecord {
  readonly generation: GenerationId;
  /** The caller's own id: one generation within its owner. */
  readonly id?: ClientId;
  readonly owner: Owner;
  /** The public id of the key that it was asked with, and the door it came in by. */
  readonly key?: string;
  readonly surface?: SurfaceName;
  /** As the request names it. */
  readonly model: string;
  /** Tells whether the same `id` comes with the same request. */
  readonly digest?: string;
  /**
   * `none`: in memory only. `resume`: survives a restart; gone some time after its end. `conversation`: as `resume`,
   * and what it says is kept elsewhere too.
   */
  readonly store: 'none' | 'resume' | 'conversation';
  /** Where it is kept for good. */
  readonly conversation?: string;
  /** How it goes on where another stopped. */
  readonly continues?: 'prefill' | 'asked';
  /** The generation whose tool calls it answers; with `branch` others may have answered them. */
  readonly answers?: GenerationId;
  readonly branch?: true;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The process that runs it. When that is gone the generation is over, and whoever takes the log says so. */
  readonly node: string;
}

/** A generation as the log has it now. */
export interface GenerationView {
  readonly record: GenerationRecord;
  /** The last seq so far; 0 before the first event. */
  readonly head: number;
  /** The end, once there is one. */
  readonly stop?: GenerationStop;
  /** Milliseconds since 1970. */
  readonly endedAt?: number;
  /** Its events are no longer kept; only that its id was used is still known. */
  readonly expired: boolean;
}

/** Who runs a generation, as the log reaches it: from any node, once there are many. */
export interface Holder {
  /** Ends the run. Idempotent. */
  cancel(): void;
}

/** Either name of a generation; `generation` counts first. */
export interface GenerationName {
  readonly generation?: GenerationId | undefined;
  readonly id?: ClientId | undefined;
}

/**
 * The ordered events of every generation, and the only place where generations are looked up. An event is in the log
 * before anyone sees it, and live and late readers read the same log. Nothing here needs the reader, the canceller and
 * the runner to be one process: a store for many nodes answers the same calls.
 */
export interface StreamLog {
  /**
   * Makes an empty log for a new generation and claims its id, in one step: where this owner's `id` is taken, nothing
   * is made and what it names is given back. Rejects with `SB_STORE_FAILED` where it is to be stored and can't be.
   */
  open(record: GenerationRecord, holder: Holder): Promise<GenerationView>;
  /**
   * Adds events and gives them their seqs; when it returns, or its promise has resolved, readers may see them. All of
   * `items` or none. One call at a time for one generation. Throws or rejects with `SB_LOG_FULL` past the bounds; a lone
   * `generation_stop` always has room, and nothing follows it.
   */
  append(generation: GenerationId, items: readonly EventItem[]): Promise<void> | undefined;
  /**
   * The events after `after`, as they come, up to and including `generation_stop`. What has piled up comes in larger
   * batches. Throws `SB_NOT_FOUND` when there is no such log, also when it is erased under the reader.
   */
  read(generation: GenerationId, options: ReadOptions): AsyncIterable<LogBatch>;
  /** What `owner` has under that name; nothing where it is someone else's. */
  find(owner: Owner, name: GenerationName): Promise<GenerationView | undefined>;
  /** Tells whoever runs it to end it; nothing where it has ended. Its end follows in the log. */
  cancel(generation: GenerationId): void;
  /** Forgets a log and its content at once, on disk too; its id stays known. Idempotent. */
  erase(generation: GenerationId): Promise<void>;
  /** Forgets what ended too long ago, and the oldest endings where there is too much. */
  sweep(): void;
  /** What the events in memory take, in bytes, about. */
  readonly size: number;
  /** What the events take of the disk, in bytes; absent where they are in memory only. */
  readonly bytesOnDisk?: number;
  /** Readings under way. */
  readonly readers: number;
  /** Ends writing; what was appended is where it belongs. */
  close(): Promise<void>;
}
