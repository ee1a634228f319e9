import { spanOf } from '@streambed/event-stream';
import { type EncodedEvent, type EventItem, eventsOf } from '@streambed/protocol';
import type { WireEvent, WireReader } from '../src/families/family.ts';

/** What a reader makes of the upstream events that one read brought, one by one. */
export function readAll(reader: WireReader, events: Iterable<WireEvent>): EncodedEvent[] {
  const into: EventItem[] = [];
  for (const event of events) {
    if (reader.readDelta?.(event.type, spanOf(event.payload), into) !== true) reader.read(event, into);
  }
  reader.flush?.(into);
  return [...eventsOf(into)];
}
