import { endOf, type GenerationId } from '@streambed/protocol';
import type { MemoryStreamLog } from '../memory.ts';
import type { GenerationIndex } from './generation-index.ts';
import { type Leftover, readLeftovers } from './leftovers.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { StoredEvents } from './stored-events.ts';

/** The parts of a log that begins, with nothing in them yet but what lies on disk. */
export interface EmptyLog {
  readonly index: GenerationIndex;
  readonly files: SegmentFiles;
  readonly stored: StoredEvents;
  readonly live: MemoryStreamLog;
  /** Whether what ended then need not be readable any more. */
  readonly isStale: (generation: GenerationId, endedAt: number) => boolean;
}

/** Takes in what another run of this program has left, and gives back what was cut off: it has no end yet. */
export async function takeInLeftovers({
  index,
  files,
  stored,
  live,
  isStale,
}: EmptyLog): Promise<readonly Leftover[]> {
  const { generations, stray } = await readLeftovers(index, files);
  const cutOff: Leftover[] = [];
  const gone: GenerationId[] = [];
  for (const leftover of generations) {
    const { record, erased, pieces, at, ended } = leftover;
    const { generation } = record;
    const isGone = erased || (ended && isStale(generation, at));
    for (const { place } of pieces) files.keep(generation, place);
    stored.begin(generation, pieces);
    if (isGone) {
      live.knownIds.claim(record);
      gone.push(generation);
      continue;
    }
    const head = stored.get(generation)?.head ?? 0;
    const stop = ended ? endOf(await stored.load(generation, head - 1, 1)) : undefined;
    live.restore(record, head, stop, at);
    if (!ended) cutOff.push(leftover);
  }
  // Only now is it known what else their files hold.
  for (const generation of gone) stored.release(generation);
  for (const [generation, place] of stray) files.release(generation, [place]);
  return cutOff;
}
