import {
  type AssistantMessage,
  emptyMessage,
  fold,
  type GenerationId,
  type GenerationStop,
} from '@streambed/protocol';
import { mergeDeltas } from './merge.ts';
import type { StreamLog } from './stream-log.ts';

/** What a generation has said so far, or all of it. */
export interface Whole {
  /** Absent where the model said nothing at all. */
  readonly message?: AssistantMessage;
  readonly stop?: GenerationStop;
}

/** Folds what is in the log up to `head`, or up to its end where no head is given. */
export async function readWhole(
  log: StreamLog,
  generation: GenerationId,
  signal: AbortSignal,
  head = Number.POSITIVE_INFINITY,
): Promise<Whole> {
  let message: AssistantMessage | undefined;
  let stop: GenerationStop | undefined;
  if (head === 0) return {};
  for await (const batch of log.read(generation, { after: 0, signal })) {
    for (const { event } of mergeDeltas(batch)) {
      if (event.type === 'generation_stop') stop = event;
      if (event.type === 'message_start' || message !== undefined)
        message = fold(message ?? emptyMessage, event);
    }
    if (batch.last >= head) break;
  }
  return { ...(message !== undefined && { message }), ...(stop !== undefined && { stop }) };
}
