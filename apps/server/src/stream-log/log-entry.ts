import type { GenerationStop } from '@streambed/protocol';
import { HeldEvents } from './held-events.ts';
import type { GenerationRecord, GenerationView, Holder } from './stream-log.ts';

/** One reading under way; `wake` is called when there may be more to read. */
export interface Reader {
  wake: () => void;
}

/** One generation as the memory has it. */
export interface LogEntry {
  readonly record: GenerationRecord;
  /** Whoever runs it, until its end: nothing of a run outlives it. */
  holder: Holder | undefined;
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

/** An entry with no events yet. */
export function newEntry(record: GenerationRecord, holder: Holder | undefined): LogEntry {
  return {
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
}

/** What others see of it. */
export function viewOf({ record, head, stop, endedAt, erased }: LogEntry): GenerationView {
  return {
    record,
    head,
    ...(stop !== undefined && { stop }),
    ...(endedAt !== undefined && { endedAt }),
    expired: erased,
  };
}
