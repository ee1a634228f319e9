import { Burst, burstClosing, type GenerationId } from '@streambed/protocol';
import { eventFrameParts, printEventFrame } from '@streambed/protocol/frames';
import type { Outgoing } from '../socket/outgoing.ts';
import { mergeDeltas } from '../stream-log/merge.ts';
import type { LogBatch } from '../stream-log/stream-log.ts';

/**
 * A batch as `event` frames: each event's own JSON, as it came. With `merge`, neighbouring deltas of a block are one
 * frame, from `from` to `seq`.
 */
export function encodeEvents(generation: GenerationId, batch: LogBatch, merge: boolean): readonly Outgoing[] {
  if (merge) {
    return mergeDeltas(batch).map(({ seq, json, from }) => printEventFrame(generation, seq, json, from));
  }
  const [before, between, after] = eventFrameParts(generation);
  let seq = batch.first;
  return batch.items.map((item) => {
    if (!(item instanceof Burst)) return printEventFrame(generation, seq++, item.json);
    const first = seq;
    seq += item.count;
    return { burst: item, before, seq: first, between: between + item.opening, after: burstClosing + after };
  });
}
