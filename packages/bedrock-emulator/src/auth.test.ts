import { describe, expect, it } from 'vitest';
import { type AuthOptions, authenticate } from './auth.ts';
import { AwsError } from './errors.ts';
import type { SignedRequest } from './sigv4.ts';

const now = () => new Date('2026-01-02T03:05:00Z');
const open: AuthOptions = { credentials: [], apiKeys: [], region: undefined, now };
const closed: AuthOptions = {
  ...open,
  credentials: [{ accessKeyId: 'AKID', secretAccessKey: 'secret' }],
  region: 'us-east-1',
};

function request(headers: Record<string, string>): SignedRequest {
  return {
    method: 'POST',
    path: '/model/a/invoke',
    query: '',
    headers: { host: 'localhost', 'x-amz-date': '20260102T030405Z', ...headers },
    body: Buffer.from('{}'),
  };
}

function signature({
  id = 'AKID',
  date = '20260102',
  region = 'us-east-1',
  service = 'bedrock',
} = {}): string {
  return `AWS4-HMAC-SHA256 Credential=${id}/${date}/${region}/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
}

function refusal(headers: Record<string, string>, options: AuthOptions): AwsError {
  try {
    authenticate(request(headers), options);
  } catch (error) {
    if (error instanceof AwsError) return error;
    throw error;
  }
  throw new Error('It passed.');
}

describe('authenticate', () => {
  it('lets any well-formed signature and any bearer key pass where nothing is configured', () => {
    authenticate(request({ authorization: signature({ id: 'anyone', service: 'bedrock-runtime' }) }), open);
    authenticate(request({ authorization: 'Bearer whatever' }), open);
  });

  it('answers 403 without a header, and to a malformed one', () => {
    expect(refusal({}, open)).toMatchObject({ type: 'MissingAuthenticationTokenException', status: 403 });
    expect(refusal({ authorization: 'Basic abc' }, open)).toMatchObject({
      type: 'IncompleteSignatureException',
      status: 403,
      message:
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.",
    });
  });

  it.each([
    [
      'another access key',
      signature({ id: 'OTHER' }),
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      'a wrong signature',
      signature(),
      'InvalidSignatureException',
      'The request signature we calculated does not match the signature you provided.',
    ],
    [
      'another service',
      signature({ service: 'bedrock-runtime' }),
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'bedrock'.",
    ],
    [
      'another region',
      signature({ region: 'eu-west-1' }),
      'InvalidSignatureException',
      'Credential should be scoped to a valid region.',
    ],
    [
      'another day',
      signature({ date: '20260101' }),
      'InvalidSignatureException',
      'Date in Credential scope does not match',
    ],
  ])('refuses %s in AWS words', (_, authorization, type, message) => {
    const error = refusal({ authorization }, closed);
    expect(error).toMatchObject({ type, status: 403 });
    expect(error.message).toContain(message);
    expect(error.header).toBe(`${type}:http://internal.amazon.com/coral/com.amazon.coral.service/`);
  });

  it('refuses a clock that is more than five minutes off, as recorded', () => {
    const late = { ...closed, now: () => new Date('2026-01-02T03:10:05Z') };
    expect(refusal({ authorization: signature() }, late).message).toBe(
      'Signature expired: 20260102T030405Z is now earlier than 20260102T030505Z (20260102T031005Z - 5 min.)',
    );
    const early = { ...closed, now: () => new Date('2026-01-02T02:50:00Z') };
    expect(refusal({ authorization: signature() }, early).message).toContain('Signature not yet current');
  });

  it('answers for expired sessions and wrong session tokens', () => {
    const session = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };
    const headers = { authorization: signature(), 'x-amz-security-token': 'token' };
    expect(refusal(headers, { ...closed, credentials: [{ ...session, expired: true }] })).toMatchObject({
      type: 'ExpiredTokenException',
      message: 'The security token included in the request is expired',
    });
    expect(
      refusal({ ...headers, 'x-amz-security-token': 'other' }, { ...closed, credentials: [session] }).type,
    ).toBe('UnrecognizedClientException');
  });

  it('knows its API keys, and says Message with a capital', () => {
    const keys = { ...open, apiKeys: ['ABSKgood'] };
    authenticate(request({ authorization: 'Bearer ABSKgood' }), keys);
    expect(refusal({ authorization: 'Bearer ABSKbad' }, keys)).toMatchObject({
      type: 'AccessDeniedException',
      status: 403,
      body: { Message: 'Authentication failed: Please make sure your API Key is valid.' },
    });
    expect(refusal({ authorization: 'Bearer bad' }, closed).body).toEqual({
      Message: 'Invalid API Key format: Must start with pre-defined prefix',
    });
  });

  describe('a short-term API key', () => {
    const key = ({ id = 'AKID', region = 'us-east-1', date = '20260102T030000Z', seconds = 3600 } = {}) =>
      `Bearer bedrock-api-key-${Buffer.from(
        `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${id}%2F20260102%2F${region}%2Fbedrock%2Faws4_request&X-Amz-Date=${date}&X-Amz-Expires=${seconds}&X-Amz-SignedHeaders=host&X-Amz-Signature=00&Version=1`,
      ).toString('base64')}`;

    it('passes while it is valid, by a known access key or as a known key', () => {
      authenticate(request({ authorization: key() }), closed);
      const known = { ...open, apiKeys: [key({ id: 'OTHER' }).slice(7)] };
      authenticate(request({ authorization: key({ id: 'OTHER' }) }), known);
    });

    it.each([
      [
        'of another access key',
        { id: 'OTHER' },
        'Authentication failed: Please make sure your API Key is valid.',
      ],
      [
        'for another region',
        { region: 'eu-west-1' },
        'Authentication failed: Please make sure your API Key is valid.',
      ],
      ['that has expired', { seconds: 60 }, 'Bearer Token has expired'],
    ])('%s is refused', (_, what, text) => {
      expect(refusal({ authorization: key(what) }, closed)).toMatchObject({
        type: 'AccessDeniedException',
        status: 403,
        body: { Message: text },
      });
    });
  });
});
