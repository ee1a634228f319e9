import type { ErrorType, StreambedError } from '@streambed/protocol';
import { retryHeaders } from '../../http/to-response.ts';
import type { Dialect } from '../kit/dialect.ts';
import { sseEvent } from '../kit/sse.ts';

interface Words {
  readonly status: number;
  readonly type: string;
}

const apiError = { status: 500, type: 'api_error' } as const;
const overloaded = { status: 529, type: 'overloaded_error' } as const;

/** Anthropic's words and statuses for each kind of error (their page "Errors"). */
const words: Readonly<Record<ErrorType, Words>> = {
  invalid_request: { status: 400, type: 'invalid_request_error' },
  authentication: { status: 401, type: 'authentication_error' },
  permission: { status: 403, type: 'permission_error' },
  not_found: { status: 404, type: 'not_found_error' },
  conflict: { status: 409, type: 'invalid_request_error' },
  request_too_large: { status: 413, type: 'request_too_large' },
  rate_limit: { status: 429, type: 'rate_limit_error' },
  budget_exceeded: { status: 402, type: 'billing_error' },
  overloaded,
  unavailable: overloaded,
  unsupported: { status: 400, type: 'invalid_request_error' },
  timeout: { status: 504, type: 'timeout_error' },
  upstream: apiError,
  interrupted: apiError,
  internal: apiError,
};

/** How Anthropic would say it. What this server itself lacks (AWS credentials, an endpoint) is no fault of the caller's. */
function wordsFor({ type, status, retryable }: StreambedError): Words {
  if (type === 'authentication' && status >= 500) return apiError;
  if (type === 'unavailable' && !retryable) return apiError;
  return words[type];
}

/** `Prompt is too long` is what Claude Code and others look for before they shorten a conversation. */
function messageOf(error: StreambedError): string {
  if (error.code !== 'SB_CONTEXT_TOO_LONG') return error.message;
  const said = error.upstream?.message ?? '';
  return /^prompt is too long: \d/i.test(said) ? said : `Prompt is too long. ${error.message}`;
}

/** What the official SDK reads before it sends the whole conversation instead of a thread's next turn. */
const noThreads = { error_code: 'thread_unsupported_request', unsupported: ['thread'] } as const;

function bodyOf(error: StreambedError, requestId: string): object {
  return {
    type: 'error',
    error: {
      type: wordsFor(error).type,
      message: messageOf(error),
      code: error.code,
      ...(error.field !== undefined && { field: error.field }),
      ...(error.code === 'SB_UNSUPPORTED' && error.field === 'thread' && { details: noThreads }),
    },
    request_id: requestId,
  };
}

/** Anthropic's words. The error's own code stands beside them, in `error.code`. */
export const anthropicDialect: Dialect = {
  heartbeat: sseEvent('ping', '{"type": "ping"}'),
  headers: (requestId) => ({ 'request-id': requestId }),
  error: (error, requestId) => ({
    status: wordsFor(error).status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      ...retryHeaders(error),
    },
    body: JSON.stringify(bodyOf(error, requestId)),
  }),
};

/** An error in mid-stream. */
export function errorEvent(error: StreambedError, requestId: string): string {
  return sseEvent('error', JSON.stringify(bodyOf(error, requestId)));
}
