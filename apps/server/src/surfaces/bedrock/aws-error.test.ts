import { errorTable, StreambedError } from '@streambed/protocol';
import { expect, test } from 'vitest';
import { toAwsError, toExceptionType } from './aws-error.ts';

/** AWS's SDKs try these statuses again, and these names (their standard retry mode). */
const retriedStatus = new Set([429, 500, 502, 503, 504]);

test.each(Object.keys(errorTable) as (keyof typeof errorTable)[])(
  '%s: AWS’s SDKs try it again only if it is worth it, and take it for an error of the model API',
  (code) => {
    const error = new StreambedError(code);
    const { name, status, message } = toAwsError(error);
    expect(name).toMatch(/^[A-Z]\w+Exception$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(message).toBe(error.message);
    if (!error.retryable) expect(retriedStatus.has(status)).toBe(false);
    expect(toExceptionType({ name })).toMatch(
      /^(validation|throttling|internalServer|serviceUnavailable|modelStreamError)\w*Exception$/,
    );
  },
);

test("the upstream's own name stays, and its words where they are about the request", () => {
  const upstream = {
    name: 'ValidationException',
    status: 400,
    message: 'Input is too long for requested model.',
  };
  expect(toAwsError(new StreambedError('SB_CONTEXT_TOO_LONG', 'Too long: …', { upstream }))).toEqual({
    name: 'ValidationException',
    status: 400,
    message: 'Input is too long for requested model.',
  });
  const busy = { name: 'ModelNotReadyException', status: 429, message: 'starting' };
  expect(toAwsError(new StreambedError('SB_MODEL_NOT_READY', undefined, { upstream: busy }))).toMatchObject({
    name: 'ModelNotReadyException',
    status: 429,
  });
});

test("what is wrong with the server's own credentials is not said of the caller's", () => {
  const upstream = {
    name: 'ExpiredTokenException',
    status: 403,
    message: 'User arn:aws:iam::1:user/x expired',
  };
  for (const code of ['SB_CREDENTIALS_EXPIRED', 'SB_CREDENTIALS_REFUSED', 'SB_CLOCK_SKEW'] as const) {
    const { name, status, message } = toAwsError(new StreambedError(code, undefined, { upstream }));
    expect({ name, status }).toEqual({ name: 'ModelErrorException', status: 424 });
    expect(message).not.toContain('arn:');
  }
});

test('a day’s quota that is used up is not tried again', () => {
  const upstream = { name: 'ThrottlingException', status: 429, message: 'Too many tokens per day' };
  expect(toAwsError(new StreambedError('SB_DAILY_QUOTA', undefined, { upstream }))).toMatchObject({
    name: 'ServiceQuotaExceededException',
    status: 400,
  });
});
