import { StreambedError } from '@streambed/protocol';

/** An error as an HTTP answer of our own surface. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Anything thrown, as an answer out of the error table. Headers that the official SDKs obey say whether to retry. */
export function toResponse(thrown: unknown, requestId?: string): ErrorResponse {
  const error = fromThrown(thrown);
  const info = error.toInfo(requestId);
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-should-retry': String(error.retryable),
      ...(error.retryAfterSeconds !== undefined && {
        'retry-after': String(Math.ceil(error.retryAfterSeconds)),
        'retry-after-ms': String(Math.round(error.retryAfterSeconds * 1000)),
      }),
    },
    body: `${JSON.stringify({ error: info })}\n`,
  };
}

/** What the HTTP library throws about a request is the caller's mistake, not our fault. */
function fromThrown(thrown: unknown): StreambedError {
  if (thrown instanceof StreambedError) return thrown;
  const { statusCode, message } = (thrown ?? {}) as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500)
    return StreambedError.from(thrown);
  if (statusCode === 404) return new StreambedError('SB_NOT_FOUND', undefined, { cause: thrown });
  if (statusCode === 413 || statusCode === 414) {
    return new StreambedError('SB_TOO_LARGE', undefined, { cause: thrown });
  }
  return new StreambedError('SB_BAD_REQUEST', String(message), { cause: thrown });
}
