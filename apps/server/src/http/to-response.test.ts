import { StreambedError } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { toResponse } from './to-response.ts';

test('an error carries its status, and headers that say whether to retry', () => {
  const { status, headers, body } = toResponse(
    new StreambedError('SB_THROTTLED', undefined, { retryAfterSeconds: 1.5 }),
    'req_1',
  );
  expect(status).toBe(429);
  expect(headers).toMatchObject({ 'x-should-retry': 'true', 'retry-after': '2', 'retry-after-ms': '1500' });
  expect(JSON.parse(body).error).toMatchObject({
    type: 'rate_limit',
    code: 'SB_THROTTLED',
    retry_after_seconds: 1.5,
    request_id: 'req_1',
  });
});

test('what is no error of ours tells nothing of itself', () => {
  const { status, body } = toResponse(new Error('the secret is abc at /home/someone'));
  expect(status).toBe(500);
  expect(JSON.parse(body).error.code).toBe('SB_INTERNAL');
  expect(body).not.toMatch(/secret|home/);
});

test("the HTTP library's complaints about a request are the caller's mistakes", () => {
  const complaint = (statusCode: number) => Object.assign(new Error('body is wrong'), { statusCode });
  expect(toResponse(complaint(400)).status).toBe(400);
  expect(toResponse(complaint(413)).status).toBe(413);
  expect(toResponse(complaint(415)).status).toBe(400);
  expect(toResponse(complaint(404)).status).toBe(404);
  expect(toResponse(complaint(500)).status).toBe(500);
});
