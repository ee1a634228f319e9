import type { GenerationId } from '@streambed/protocol';
import { printEventFrame } from '@streambed/protocol/frames';
import { mergeDeltas } from '../stream-log/merge.ts';
import type { LogBatch } from '../stream-log/stream-log.ts';

/**
 * A batch as `event` frames: each event's own JSON, as it came. With `merge`, neighbouring deltas of a block are one
 * frame, from `from` to `seq`.
 */
export function encodeEvents(generation: GenerationId, batch: LogBatch, merge: boolean): readonly string[] {
  if (merge) {
    return mergeDeltas(batch).map(({ seq, json, from }) => printEventFrame(generation, seq, json, from));
  }
  return batch.events.map(({ json }, index) => printEventFrame(generation, batch.first + index, json));
}
