import { endOf, type GenerationId, type GenerationStop } from '@streambed/protocol';
import type { StreamLog } from './stream-log.ts';

/** Waits for the end of a generation, wherever it runs. Nothing where the signal comes first. Throws as `read` does. */
export async function untilEnd(
  log: StreamLog,
  generation: GenerationId,
  after: number,
  signal: AbortSignal,
): Promise<GenerationStop | undefined> {
  for await (const { items } of log.read(generation, { after, signal })) {
    const end = endOf(items);
    if (end !== undefined) return end;
  }
  return undefined;
}
