import { mergeDeltas } from '../../stream-log/merge.ts';
import type { GenerationView, LogBatch } from '../../stream-log/stream-log.ts';
import { sseEvent } from '../kit/sse.ts';

/** How a generation stands, as our HTTP API says it: the fields of an `accepted` or `attached` frame, and its times. */
export function standingOf({ record, head, stop, endedAt }: GenerationView) {
  return {
    generation: record.generation,
    ...(record.id !== undefined && { id: record.id }),
    state: stop?.state ?? ('running' as const),
    head,
    store: record.store,
    ...(record.conversation !== undefined && { conversation: record.conversation }),
    ...(record.continues !== undefined && { continues: record.continues }),
    model: record.model,
    started_at: record.startedAt / 1000,
    ...(endedAt !== undefined && { ended_at: endedAt / 1000 }),
  };
}

/** A batch as Server-Sent Events, each named as its event's type, its id the seq. */
export function sseEvents({ first, events }: LogBatch, merge: boolean): readonly string[] {
  if (merge)
    return mergeDeltas({ first, events }).map(({ seq, event, json }) => sseEvent(event.type, json, seq));
  return events.map(({ event, json }, index) => sseEvent(event.type, json, first + index));
}
