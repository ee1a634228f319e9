import { type ErrorCode, errorTable, StreambedError } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { anthropicDialect, errorEvent } from './dialect.ts';

function rendered(error: StreambedError) {
  const { status, headers, body } = anthropicDialect.error(error, 'req_1');
  return { status, headers, body: JSON.parse(body) };
}

test('an error is in Anthropic’s shape, with our own code beside its words', () => {
  const error = new StreambedError('SB_BAD_REQUEST', 'top_k: expected a number', { field: 'top_k' });
  expect(rendered(error)).toEqual({
    status: 400,
    headers: expect.objectContaining({ 'x-should-retry': 'false' }),
    body: {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: 'top_k: expected a number',
        code: 'SB_BAD_REQUEST',
        field: 'top_k',
      },
      request_id: 'req_1',
    },
  });
});

test.each([
  ['SB_UNKNOWN_MODEL', 404, 'not_found_error'],
  ['SB_EXPIRED', 404, 'not_found_error'],
  ['SB_TOO_LARGE', 413, 'request_too_large'],
  ['SB_HOST_REFUSED', 403, 'permission_error'],
  ['SB_ACCESS_DENIED', 403, 'permission_error'],
  ['SB_THROTTLED', 429, 'rate_limit_error'],
  ['SB_TOO_MANY_GENERATIONS', 429, 'rate_limit_error'],
  ['SB_UPSTREAM_UNAVAILABLE', 529, 'overloaded_error'],
  ['SB_DRAINING', 529, 'overloaded_error'],
  ['SB_NO_SUCH_HOST', 500, 'api_error'],
  ['SB_CREDENTIALS_MISSING', 500, 'api_error'],
  ['SB_TIMEOUT_IDLE', 504, 'timeout_error'],
  ['SB_UPSTREAM_CUT', 500, 'api_error'],
  ['SB_INTERNAL', 500, 'api_error'],
] as const)('%s is %i %s', (code, status, type) => {
  const { status: said, body } = rendered(new StreambedError(code));
  expect([said, body.error.type]).toEqual([status, type]);
});

test('every error there is has a status that is an error, and a type', () => {
  for (const code of Object.keys(errorTable) as ErrorCode[]) {
    const { status, headers, body } = rendered(new StreambedError(code));
    expect(status, code).toBeGreaterThanOrEqual(400);
    expect(body.error.type, code).toMatch(/_error$|^request_too_large$/);
    expect(headers['x-should-retry'], code).toBe(String(errorTable[code].retryable));
  }
});

test('a conversation that is too long is said in the words that agents look for', () => {
  expect(rendered(new StreambedError('SB_CONTEXT_TOO_LONG')).body.error.message).toMatch(
    /^Prompt is too long\. /,
  );
  const message = 'prompt is too long: 210000 tokens > 200000 maximum';
  const known = new StreambedError('SB_CONTEXT_TOO_LONG', undefined, { upstream: { message } });
  expect(rendered(known).body.error.message).toBe(message);
});

test('that there are no threads is said so that the official SDK goes on without', () => {
  const { body } = rendered(new StreambedError('SB_UNSUPPORTED', undefined, { field: 'thread' }));
  expect(body.error.details).toEqual({ error_code: 'thread_unsupported_request', unsupported: ['thread'] });
});

test('an error in mid-stream is an event of its own', () => {
  expect(errorEvent(new StreambedError('SB_UPSTREAM_CUT', 'It broke'), 'req_1')).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"It broke","code":"SB_UPSTREAM_CUT"},"request_id":"req_1"}\n\n',
  );
});
