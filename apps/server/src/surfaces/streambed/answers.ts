import {
  type AssistantMessage,
  type ErrorInfo,
  emptyMessage,
  fold,
  type GenerationId,
  type GenerationStop,
  StreambedError,
} from '@streambed/protocol';
import { mergeDeltas } from '../../stream-log/merge.ts';
import type { GenerationView, LogBatch, StreamLog } from '../../stream-log/stream-log.ts';
import { sseEvent } from './sse.ts';

/** How a generation stands, as our HTTP API says it: the fields of an `accepted` or `attached` frame, and its times. */
export function standingOf({ record, head, stop, endedAt }: GenerationView) {
  return {
    generation: record.generation,
    ...(record.id !== undefined && { id: record.id }),
    state: stop?.state ?? ('running' as const),
    head,
    store: record.store,
    model: record.model,
    started_at: record.startedAt / 1000,
    ...(endedAt !== undefined && { ended_at: endedAt / 1000 }),
  };
}

/** A batch as Server-Sent Events, each named as its event's type, its id the seq. */
export function sseEvents({ first, events }: LogBatch, merge: boolean): readonly string[] {
  if (merge)
    return mergeDeltas({ first, events }).map(({ seq, event, json }) => sseEvent(event.type, json, seq));
  return events.map(({ event, json }, index) => sseEvent(event.type, json, first + index));
}

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
    if (batch.first + batch.events.length > head) break;
  }
  return { ...(message !== undefined && { message }), ...(stop !== undefined && { stop }) };
}

/** The error of an end as one that can be thrown, its words kept. */
export function toThrown(info: ErrorInfo): StreambedError {
  return new StreambedError(info.code, info.message, {
    retryable: info.retryable,
    ...(info.field !== undefined && { field: info.field }),
    ...(info.retry_after_seconds !== undefined && { retryAfterSeconds: info.retry_after_seconds }),
    ...(info.upstream !== undefined && { upstream: info.upstream }),
  });
}

/**
 * Waits for the first event, at most `ms`: until then an HTTP status can still say the truth. Throws the error of a
 * generation that ended before it said anything.
 */
export async function untilStatusIsKnown(
  log: StreamLog,
  generation: GenerationId,
  ms: number,
  closed: AbortSignal,
): Promise<void> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  const signal = AbortSignal.any([closed, late.signal]);
  try {
    for await (const { events } of log.read(generation, { after: 0, signal })) {
      const first = events[0]?.event;
      if (first?.type === 'generation_stop' && first.error !== undefined) throw toThrown(first.error);
      return;
    }
  } finally {
    clearTimeout(timer);
  }
}
