import { type ErrorInfo, type GenerationStop, StreambedError } from '@streambed/protocol';

/** The error of an end as one that can be thrown, its words kept. */
export function toThrown(info: ErrorInfo): StreambedError {
  return new StreambedError(info.code, info.message, {
    retryable: info.retryable,
    ...(info.field !== undefined && { field: info.field }),
    ...(info.retry_after_seconds !== undefined && { retryAfterSeconds: info.retry_after_seconds }),
    ...(info.upstream !== undefined && { upstream: info.upstream }),
  });
}

/** What an end is for a client that knows only answers and errors: nothing where it is complete. */
export function errorOfEnd({ state, error }: GenerationStop): StreambedError | undefined {
  if (error !== undefined) return toThrown(error);
  if (state === 'completed') return undefined;
  return new StreambedError(state === 'cancelled' ? 'SB_CANCELLED' : 'SB_INTERRUPTED');
}

/** The end that a reader is told where its log can't be read to the real one. */
export function brokenEnd(thrown: unknown): GenerationStop {
  return {
    type: 'generation_stop',
    state: 'failed',
    stop_reason: null,
    usage: {},
    cost: { status: 'unknown' },
    timing: { total_ms: 0 },
    error: StreambedError.from(thrown).toInfo(),
  };
}
