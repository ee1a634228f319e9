import type { GenerationId } from '@streambed/protocol';
import type { Owner } from '../generation/owner.ts';
import type { StreamLog } from './stream-log.ts';
import { untilEnd } from './until-end.ts';

/** Erases what a generation has said; one that runs is cancelled first, and has its end. Nothing where there is none. */
export async function eraseGeneration(log: StreamLog, owner: Owner, generation: GenerationId): Promise<void> {
  const view = await log.find(owner, { generation });
  if (view === undefined || view.expired) return;
  if (view.stop === undefined) {
    log.cancel(generation);
    await untilEnd(log, generation, view.head, new AbortController().signal);
  }
  await log.erase(generation);
}
