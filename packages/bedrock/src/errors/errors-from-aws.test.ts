import type { ErrorCode } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { readFrames } from '../../../../test/support/frames.ts';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import type { Retryability } from '../http/retry.ts';
import { failureFromException, failureFromResponse } from './errors-from-aws.ts';
import type { CallContext } from './failure.ts';

const call: CallContext = {
  target: 'anthropic.claude-sonnet-4-20250514-v1:0',
  model: 'anthropic.claude-sonnet-4-20250514-v1:0',
  region: 'us-east-1',
  action: 'bedrock:InvokeModel',
  host: 'bedrock-runtime.us-east-1.amazonaws.com',
  now: Date.parse('2026-11-22T10:00:00Z'),
};
const tail = ':http://internal.amazon.com/coral/com.amazon.bedrock/';

function answer(
  status: number,
  type: string | undefined,
  body: unknown,
  headers: Record<string, string> = {},
) {
  const head = {
    status,
    headers: {
      'content-type': 'application/json',
      ...(type !== undefined && { 'x-amzn-errortype': type + tail }),
      ...headers,
    },
  };
  return failureFromResponse(head, typeof body === 'string' ? body : JSON.stringify(body), call);
}

/** What each recorded error must become, how it is retried, and what its text must name. */
const recorded: Readonly<Record<string, readonly [ErrorCode, Retryability, RegExp]>> = {
  'error-400-converse-context-length': ['SB_CONTEXT_TOO_LONG', 'never', /longer than .* takes/],
  'error-400-converse-document-source': [
    'SB_UPSTREAM_REFUSED',
    'never',
    /document\.source\.type: Field required/,
  ],
  'error-400-converse-malformed-toolresult': [
    'SB_UPSTREAM_REFUSED',
    'never',
    /extraneous key \[toolResult\]/,
  ],
  'error-400-converse-s3uri-unsupported': ['SB_UPSTREAM_REFUSED', 'never', /s3Uri/],
  'error-400-conversestream-invalid-model': [
    'SB_MODEL_NOT_FOUND',
    'never',
    /no model anthropic.* in us-east-1.*AWS_REGION/,
  ],
  'error-400-counttokens-invalid-model': ['SB_MODEL_NOT_FOUND', 'never', /no model/],
  'error-400-counttokens-unsupported-profile': ['SB_UPSTREAM_REFUSED', 'never', /counting tokens/],
  'error-400-invoke-invalid-model': ['SB_MODEL_NOT_FOUND', 'never', /no model/],
  'error-400-invokestream-malformed-native-body': [
    'SB_UPSTREAM_REFUSED',
    'never',
    /extraneous key \[inputText\]/,
  ],
  'error-403-converse-expired-token': ['SB_CREDENTIALS_EXPIRED', 'credentials', /aws sso login/],
  'error-403-converse-unrecognized-client': ['SB_CREDENTIALS_REFUSED', 'credentials', /access key/],
  'error-403-invoke-no-model-access': [
    'SB_MODEL_ACCESS',
    'never',
    /us-east-1\.console\.aws\.amazon\.com.*modelaccess/,
  ],
  'error-403-invoke-signature-expired': ['SB_CLOCK_SKEW', 'never', /clock is \d+ seconds ahead of/],
  'error-503-invoke-model-throttled': ['SB_UPSTREAM_UNAVAILABLE', 'slowly', /Model is getting throttled/],
  'reported-error-400-on-demand-unsupported': [
    'SB_PROFILE_REQUIRED',
    'never',
    /Use us\.anthropic\.claude-sonnet-4-20250514-v1:0\./,
  ],
  'reported-error-403-account-not-authorized': [
    'SB_ACCESS_DENIED',
    'never',
    /bedrock:InvokeModel on anthropic/,
  ],
  'reported-error-403-api-key-unsupported-operation': ['SB_ACCESS_DENIED', 'never', /takes no API key/],
  'reported-error-403-iam-denied': [
    'SB_ACCESS_DENIED',
    'never',
    /Allow bedrock:InvokeModel on arn:aws:bedrock:us-east-1:111122223333:inference-profile\/us\.anthropic/,
  ],
  'reported-error-404-end-of-life': ['SB_MODEL_RETIRED', 'never', /end of its life/],
  'reported-error-404-legacy-inactive': ['SB_MODEL_RETIRED', 'never', /Legacy/],
  'reported-error-429-too-many-requests': [
    'SB_THROTTLED',
    'slowly',
    /anthropic.* in us-east-1 \(Too many requests/,
  ],
  'reported-error-429-too-many-tokens': ['SB_THROTTLED', 'slowly', /Too many tokens/],
};

describeWithRecordings('recorded errors', (recordings) => {
  const errors = recordings.filter(({ response }) => response.status >= 400);

  it('are all told here', () => {
    expect(Object.keys(recorded).sort()).toEqual(errors.map(({ name }) => name).sort());
  });

  it.each(errors.map((recording) => [recording.name, recording] as const))('%s', (name, recording) => {
    const [code, retry, text] = recorded[name] ?? [];
    const { error, retry: found } = failureFromResponse(headOf(recording), bodyOf(recording), call);
    expect(error.code).toBe(code);
    expect(found).toBe(retry);
    expect(error.message).toMatch(text as RegExp);
    expect(error.upstream).toMatchObject({ status: recording.response.status });
  });

  it('keeps the id that AWS support asks for', () => {
    const recording = errors.find(({ name }) => name === 'error-400-invoke-invalid-model') as Recording;
    const { error } = failureFromResponse(headOf(recording), bodyOf(recording), call);
    expect(error.upstream).toEqual({
      name: 'ValidationException',
      status: 400,
      message: 'The provided model identifier is invalid.',
      request_id: '3df0e828-5c24-46cc-8dbc-8b282bfc5146',
    });
  });

  it.each([
    ['invokestream-nova-midstream-modelStreamErrorException', 'SB_MODEL_ERROR', 'once'],
    ['reported-stream-serviceUnavailableException', 'SB_UPSTREAM_UNAVAILABLE', 'slowly'],
  ])('reads the exception frame of %s', (name, code, retry) => {
    const recording = recordings.find((each) => each.name === name) as Recording;
    const exception = readFrames(responseBytes(recording)).at(-1);
    const failure = failureFromException(
      exception?.type ?? '',
      JSON.stringify(exception?.payload),
      call,
      'id',
    );
    expect(failure).toMatchObject({ error: { code, upstream: { request_id: 'id' } }, retry });
  });
});

describe('failureFromResponse', () => {
  it.each<[string, number, string | undefined, unknown, ErrorCode, Retryability]>([
    [
      'more tokens to write than the model may, which no shorter conversation mends',
      400,
      'ValidationException',
      { message: 'The maximum tokens you requested exceeds the model limit of 8192. Try again with less.' },
      'SB_UPSTREAM_REFUSED',
      'never',
    ],
    [
      'a quota that waiting does not cure',
      400,
      'ServiceQuotaExceededException',
      { message: 'x' },
      'SB_QUOTA_EXCEEDED',
      'never',
    ],
    [
      "a day's quota",
      429,
      'ThrottlingException',
      { message: 'Too many tokens per day, please wait' },
      'SB_DAILY_QUOTA',
      'never',
    ],
    ['a slow model', 408, 'ModelTimeoutException', { message: 'x' }, 'SB_MODEL_TIMEOUT', 'yes'],
    ['a failed model', 424, 'ModelErrorException', { message: 'x' }, 'SB_MODEL_ERROR', 'once'],
    ['a model that starts', 429, 'ModelNotReadyException', { message: 'x' }, 'SB_MODEL_NOT_READY', 'slowly'],
    ['an internal error', 500, 'InternalServerException', { message: 'x' }, 'SB_UPSTREAM_INTERNAL', 'yes'],
    ['an unknown error of the server', 599, 'NewException', { message: 'x' }, 'SB_UPSTREAM_INTERNAL', 'yes'],
    ['an unknown error of the caller', 418, 'NewException', { message: 'x' }, 'SB_UPSTREAM_REFUSED', 'never'],
    ['a status alone', 429, undefined, { message: 'Too many requests' }, 'SB_THROTTLED', 'slowly'],
    [
      'an expired API key',
      403,
      'AccessDeniedException',
      { Message: 'Bearer Token has expired' },
      'SB_CREDENTIALS_EXPIRED',
      'credentials',
    ],
    [
      'a wrong API key',
      403,
      'AccessDeniedException',
      { Message: 'Authentication failed: Please make sure your API Key is valid.' },
      'SB_CREDENTIALS_REFUSED',
      'never',
    ],
    [
      "Anthropic's use case form",
      404,
      'ResourceNotFoundException',
      { message: 'Model use case details have not been submitted for this account.' },
      'SB_MODEL_ACCESS',
      'never',
    ],
    ['our own loop', 508, undefined, {}, 'SB_LOOP', 'never'],
  ])('knows %s', (_what, status, type, body, code, retry) => {
    expect(answer(status, type, body)).toMatchObject({ error: { code }, retry });
  });

  it('finds the name in the body where no header has it', () => {
    expect(
      answer(400, undefined, { __type: 'com.amazon.bedrock#ThrottlingException', message: 'x' }).error.code,
    ).toBe('SB_THROTTLED');
  });

  it('says who must act on a denial', () => {
    const denied = (why: string) =>
      answer(403, 'AccessDeniedException', {
        Message: `User: arn:aws:iam::1:user/a is not authorized to perform: bedrock:InvokeModelWithResponseStream on resource: arn:aws:bedrock:x ${why}`,
      }).error.message;
    expect(denied('because no identity-based policy allows it')).toMatch(
      /Allow bedrock:InvokeModelWithResponseStream on arn:aws:bedrock:x/,
    );
    expect(denied('with an explicit deny in a service control policy')).toMatch(
      /service control policy of the organisation/,
    );
    expect(denied('with an explicit deny in an identity-based policy')).toMatch(
      /an Allow alone does not help/,
    );
  });

  it('honours Retry-After', () => {
    expect(answer(429, 'ThrottlingException', { message: 'x' }, { 'retry-after': '7' })).toMatchObject({
      retryAfterMs: 7_000,
      error: { retryAfterSeconds: 7 },
    });
  });

  it("does not read a proxy's page, and does not quote it", () => {
    const page = '<html><h1>secret proxy words</h1></html>';
    const failure = (status: number) =>
      failureFromResponse({ status, headers: { 'content-type': 'text/html; charset=utf-8' } }, page, call);
    expect(failure(502)).toMatchObject({ error: { code: 'SB_UPSTREAM_UNAVAILABLE' }, retry: 'slowly' });
    expect(failure(504).error.message).toMatch(/HTTP 504 \(text\/html\).*proxy or load balancer/);
    expect(failure(403)).toMatchObject({ error: { code: 'SB_UPSTREAM_UNEXPECTED' }, retry: 'never' });
    expect(failure(403).error.message).not.toContain('secret');
  });

  it('says by how much the clock is off, to which side', () => {
    const off = (date: string) =>
      answer(403, 'InvalidSignatureException', { message: 'Signature expired: …' }, { date }).error.message;
    expect(off('Sun, 22 Nov 2026 10:10:00 GMT')).toContain('600 seconds behind');
    expect(off('Sun, 22 Nov 2026 09:50:00 GMT')).toContain('600 seconds ahead');
  });
});

function headOf({ response }: Recording) {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { status: response.status, headers };
}

function bodyOf(recording: Recording): string {
  return Buffer.from(responseBytes(recording)).toString('utf8');
}
