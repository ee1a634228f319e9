import type { GenerationId, GenerationStop } from '@streambed/protocol';
import type { StreamLog } from '../../stream-log/stream-log.ts';

export { readWhole } from '../../stream-log/read-whole.ts';

/**
 * Waits for the first event, at most `ms`: until then an HTTP status can still say the truth. Resolves with the end,
 * where nothing was said before it.
 */
export async function untilStatusIsKnown(
  log: StreamLog,
  generation: GenerationId,
  ms: number,
  closed: AbortSignal,
): Promise<GenerationStop | undefined> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  const signal = AbortSignal.any([closed, late.signal]);
  try {
    for await (const { events } of log.read(generation, { after: 0, signal })) {
      const first = events[0]?.event;
      return first?.type === 'generation_stop' ? first : undefined;
    }
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
