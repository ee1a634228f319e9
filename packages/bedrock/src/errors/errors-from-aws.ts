import { StreambedError, type UpstreamError } from '@streambed/protocol';
import { parseRetryAfter } from '../http/retry.ts';
import type { ResponseHead } from '../http/wire.ts';
import { rowOf, type Said } from './aws-error-rows.ts';
import type { CallContext, Failure } from './failure.ts';

/** What a status means when the error's name didn't come with it (a proxy, an older endpoint). */
const nameOfStatus: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  500: 'InternalServerException',
  503: 'ServiceUnavailableException',
};

/** An HTTP answer that is no success, as one of our errors. `body` is its text, however long it was allowed to be. */
export function failureFromResponse(head: ResponseHead, body: string, call: CallContext): Failure {
  const { status, headers } = head;
  if (status === 508) return { error: new StreambedError('SB_LOOP'), retry: 'never' };
  const retryAfterMs = parseRetryAfter(headers['retry-after'], call.now);
  const requestId = headers['x-amzn-requestid'];
  const parsed = parseBody(headers['content-type'], body);
  // The type has a tail (`ThrottlingException:http://internal.amazon.com/…`), `__type` a head (`com.amazon#…`).
  const named = headers['x-amzn-errortype'] ?? parsed?.type?.replace(/^.*#/, '');
  const name = named?.split(':', 1)[0]?.trim();
  if (parsed === undefined && name === undefined) return notFromAws(head, call, retryAfterMs);
  const message = parsed?.message ?? '';
  return fromAws(
    { name: name ?? nameOfStatus[status] ?? '', status, message, date: headers.date },
    call,
    {
      ...(name !== undefined && { name }),
      status,
      message,
      ...(requestId !== undefined && { request_id: requestId }),
    },
    retryAfterMs,
  );
}

/** An exception frame of a stream: its type, `throttlingException`, and its payload, `{"message": "…"}`. */
export function failureFromException(
  type: string,
  payload: string,
  call: CallContext,
  requestId: string | undefined,
): Failure {
  const parsed = parseBody('application/json', payload);
  const message = parsed?.originalMessage ?? parsed?.message ?? '';
  const name = type.charAt(0).toUpperCase() + type.slice(1);
  return fromAws({ name, status: 200, message, date: undefined }, call, {
    name,
    message,
    ...(requestId !== undefined && { request_id: requestId }),
  });
}

function fromAws(said: Said, call: CallContext, upstream: UpstreamError, retryAfterMs?: number): Failure {
  const row = rowOf(said);
  const more = {
    upstream,
    ...(retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
  };
  return {
    error: new StreambedError(row.code, tidy(row.text?.(said, call)), more),
    retry: row.retry,
    retryAfterMs,
  };
}

/** An answer that has neither AWS's header nor a JSON body: somebody between us and AWS wrote it. It isn't quoted. */
function notFromAws(
  { status, headers }: ResponseHead,
  call: CallContext,
  retryAfterMs: number | undefined,
): Failure {
  const what = `HTTP ${status} (${headers['content-type']?.split(';', 1)[0] ?? 'no content type'}) came from ${call.host}`;
  const upstream: UpstreamError = { status };
  if (status === 502 || status === 503 || status === 504 || status === 429) {
    const error = new StreambedError(
      'SB_UPSTREAM_UNAVAILABLE',
      `${what}, not from Bedrock itself: a proxy or load balancer on the way has no answer. Try again shortly.`,
      { upstream },
    );
    return { error, retry: 'slowly', retryAfterMs };
  }
  const error = new StreambedError(
    'SB_UPSTREAM_UNEXPECTED',
    `${what}, not in a shape that Bedrock uses. Check the endpoint and the proxy.`,
    { upstream },
  );
  return { error, retry: 'never' };
}

interface ErrorBody {
  readonly message: string | undefined;
  readonly originalMessage: string | undefined;
  readonly type: string | undefined;
}

/** `message`, or `Message` as IAM writes it. `undefined` for what is no JSON object. */
function parseBody(contentType: string | undefined, body: string): ErrorBody | undefined {
  if (contentType !== undefined && !/json/i.test(contentType)) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null) return undefined;
    const fields = value as Record<string, unknown>;
    const text = (field: unknown) => (typeof field === 'string' ? field.slice(0, 4_000) : undefined);
    return {
      message: text(fields.message) ?? text(fields.Message),
      originalMessage: text(fields.originalMessage),
      type: text(fields.__type),
    };
  } catch {
    return undefined;
  }
}

/** An empty text gives way to the table's. AWS ends some messages with a full stop and some without. */
function tidy(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.trim();
}
