import { Burst } from '@streambed/protocol';
import type { Outgoing } from '../../socket/outgoing.ts';
import { mergeDeltas } from '../../stream-log/merge.ts';
import type { GenerationView, LogBatch } from '../../stream-log/stream-log.ts';
import { sseBurst, sseEvent } from '../kit/sse.ts';

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
export function sseEvents(batch: LogBatch, merge: boolean): readonly Outgoing[] {
  if (merge) return mergeDeltas(batch).map(({ seq, event, json }) => sseEvent(event.type, json, seq));
  let seq = batch.first;
  return batch.items.map((item) => {
    if (!(item instanceof Burst)) return sseEvent(item.event.type, item.json, seq++);
    const first = seq;
    seq += item.count;
    return sseBurst(item, first);
  });
}
