import { StreambedError } from '@streambed/protocol';

/** An error as an HTTP answer. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Anything thrown, as an answer of our own surface, out of the error table. */
export function toResponse(thrown: unknown, requestId?: string): ErrorResponse {
  const error = toStreambedError(thrown);
  const info = error.toInfo(requestId);
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...retryHeaders(error),
    },
    body: `${JSON.stringify({ error: info })}\n`,
  };
}

/** What the official SDKs obey about trying again. */
export function retryHeaders({
  retryable,
  retryAfterSeconds,
}: StreambedError): Readonly<Record<string, string>> {
  return {
    'x-should-retry': String(retryable),
    ...(retryAfterSeconds !== undefined && {
      'retry-after': String(Math.ceil(retryAfterSeconds)),
      'retry-after-ms': String(Math.round(retryAfterSeconds * 1000)),
    }),
  };
}

/** What the HTTP library throws about a request is the caller's mistake, not our fault. */
export function toStreambedError(thrown: unknown): StreambedError {
  if (thrown instanceof StreambedError) return thrown;
  const { statusCode, message, code } = (thrown ?? {}) as {
    readonly statusCode?: unknown;
    readonly message?: unknown;
    readonly code?: unknown;
  };
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500)
    return StreambedError.from(thrown);
  if (statusCode === 404) return new StreambedError('SB_NOT_FOUND', undefined, { cause: thrown });
  if (statusCode === 413 || statusCode === 414) {
    return new StreambedError('SB_TOO_LARGE', undefined, { cause: thrown });
  }
  const notJson = thrown instanceof SyntaxError || code === 'FST_ERR_CTP_INVALID_JSON_BODY';
  return new StreambedError(notJson ? 'SB_BAD_JSON' : 'SB_BAD_REQUEST', String(message), { cause: thrown });
}
