import type { EncodedEvent } from '@streambed/protocol';

/** How much JSON events are, in characters. */
export function sizeOf(events: readonly EncodedEvent[]): number {
  let size = 0;
  for (const { json } of events) size += json.length;
  return size;
}

/** Where the batch that starts at index `from` ends: at the head, or before the event that would pass `maxBatch`. */
export function batchEnd(events: readonly EncodedEvent[], from: number, maxBatch: number): number {
  let size = 0;
  for (let index = from; index < events.length; index += 1) {
    size += events[index]?.json.length ?? 0;
    if (size > maxBatch && index > from) return index;
  }
  return events.length;
}
