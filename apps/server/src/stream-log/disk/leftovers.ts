import {
  Burst,
  type GenerationId,
  type GenerationStop,
  mergeUsage,
  StreambedError,
  type Usage,
} from '@streambed/protocol';
import type { GenerationRecord, LogBatch } from '../stream-log.ts';
import type { GenerationIndex } from './generation-index.ts';
import type { SegmentFiles, SegmentPlace } from './segment-files.ts';
import type { Piece } from './stored-events.ts';

/** A generation that another run of this program has left. */
export interface Leftover {
  readonly record: GenerationRecord;
  readonly erased: boolean;
  /** Its events from the first on, without a gap. */
  readonly pieces: Piece[];
  /** When the last of them came, or it began. */
  readonly at: number;
  readonly ended: boolean;
}

/** What another run has left: its generations in the order in which they began, and what lies there for nobody. */
export interface Leftovers {
  readonly generations: readonly Leftover[];
  readonly stray: readonly (readonly [GenerationId, SegmentPlace])[];
}

/** Reads index and files; cuts off what was not finished. */
export async function readLeftovers(index: GenerationIndex, files: SegmentFiles): Promise<Leftovers> {
  const found = await index.recover();
  const left = new Map<GenerationId, { pieces: Piece[]; head: number; at: number; ended: boolean }>();
  const stray: [GenerationId, SegmentPlace][] = [];
  await files.recover(({ generation, at, first, count, ends }, place) => {
    const known = found.get(generation);
    const some = left.get(generation) ?? { pieces: [], head: 0, at, ended: false };
    // After a gap nothing can be kept: a reader gets the beginning, never a part.
    if (known === undefined || known.erased || first !== some.head + 1) {
      stray.push([generation, place]);
      return;
    }
    some.pieces.push({ first, count, place });
    some.head += count;
    some.at = at;
    some.ended = ends;
    left.set(generation, some);
  });
  const generations = Array.from(found, ([generation, { record, erased }]): Leftover => {
    const { pieces = [], at = record.startedAt, ended = false } = left.get(generation) ?? {};
    return { record, erased, pieces, at, ended };
  });
  return { generations, stray };
}

/** What its events counted so far. */
export async function usageOf(batches: AsyncIterable<LogBatch>, head: number): Promise<Usage> {
  let usage: Usage = {};
  if (head === 0) return usage;
  for await (const { items, last } of batches) {
    for (const item of items) {
      if (item instanceof Burst) continue;
      const { event } = item;
      if (event.type === 'message_start') usage = mergeUsage(usage, event.message.usage);
      else if (event.type === 'message_delta') usage = mergeUsage(usage, event.usage);
    }
    if (last >= head) break;
  }
  return usage;
}

/** The end of what ran when its process went. */
export function interruptedStop({ record, at }: Leftover, usage: Usage): GenerationStop {
  return {
    type: 'generation_stop',
    state: 'interrupted',
    stop_reason: null,
    usage,
    cost: { status: 'unknown' },
    timing: { total_ms: Math.max(0, at - record.startedAt) },
    error: new StreambedError('SB_INTERRUPTED').toInfo(),
  };
}
