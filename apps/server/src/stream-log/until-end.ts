import type { GenerationId, GenerationStop } from '@streambed/protocol';
import type { StreamLog } from './stream-log.ts';

/** Waits for the end of a generation, wherever it runs. Nothing where the signal comes first. Throws as `read` does. */
export async function untilEnd(
  log: StreamLog,
  generation: GenerationId,
  after: number,
  signal: AbortSignal,
): Promise<GenerationStop | undefined> {
  for await (const { events } of log.read(generation, { after, signal })) {
    const last = events.at(-1)?.event;
    if (last?.type === 'generation_stop') return last;
  }
  return undefined;
}
