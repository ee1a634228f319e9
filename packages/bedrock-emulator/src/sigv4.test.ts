import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import aws4 from 'aws4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { vectorsFolder } from '../../../test/support/recordings.ts';
import { canonicalRequest, isSignedWith, parseSigV4, type SignedRequest } from './sigv4.ts';

describe('parseSigV4', () => {
  it('takes the header apart', () => {
    const header =
      'AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=ab';
    expect(parseSigV4(header)).toEqual({
      accessKeyId: 'AKID',
      date: '20260102',
      region: 'us-east-1',
      service: 'bedrock',
      signedHeaders: ['host', 'x-amz-date'],
      signature: 'ab',
    });
    expect(parseSigV4(header.replaceAll(', ', ','))).toBeDefined();
  });

  it.each([
    '',
    'Basic dXNlcjpwYXNz',
    'AWS4-HMAC-SHA256',
    'AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/bedrock/aws4_request, Signature=ab',
    'AWS4-HMAC-SHA256 Credential=AKID/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=ab',
    'AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/bedrock/aws3, SignedHeaders=host, Signature=ab',
  ])('refuses %j', (header) => {
    expect(parseSigV4(header)).toBeUndefined();
  });
});

describe('isSignedWith', () => {
  it('agrees with aws4 on any id, header and body, and notices any change', () => {
    const id = fc.oneof(
      fc.constantFrom('a.b-v1:0', 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.a.b-v1:0'),
      fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(id, fc.string(), fc.string(), fc.boolean(), (modelId, note, body, encoded) => {
        const raw = /^[\w.:-]+$/.test(modelId) && !encoded;
        const path = `/model/${raw ? modelId : encodeURIComponent(modelId)}/invoke`;
        const signed = sign(path, { 'x-amz-meta-note': note }, body);
        const header = parseSigV4(signed.headers.authorization ?? '');
        const date = signed.headers['x-amz-date'] ?? '';
        if (header === undefined) throw new Error('not signed');
        expect(isSignedWith('secret', signed, header, date)).toBe(true);
        expect(isSignedWith('Secret', signed, header, date)).toBe(false);
        expect(isSignedWith('secret', { ...signed, path: `${path}x` }, header, date)).toBe(false);
        expect(isSignedWith('secret', { ...signed, body: Buffer.from(`${body} `) }, header, date)).toBe(
          false,
        );
      }),
      { numRuns: 60 },
    );
  });

  const folder = vectorsFolder('sigv4-vectors');
  it.skipIf(folder === undefined)('agrees with botocore on every Bedrock vector', () => {
    const file = JSON.parse(readFileSync(join(folder ?? '', 'bedrock.json'), 'utf8'));
    expect(file.cases.length).toBeGreaterThan(10);
    for (const vector of file.cases) {
      const url = /^https?:\/\/(?<host>[^/]+)(?<path>[^?]*)\??(?<query>.*)$/.exec(vector.url)?.groups ?? {};
      const headers: Record<string, string> = { host: url.host ?? '' };
      for (const source of [vector.headersBeforeSigning, vector.signedHeaders])
        for (const [name, value] of Object.entries(source)) headers[name.toLowerCase()] = String(value);
      const request: SignedRequest = {
        method: vector.method,
        path: url.path ?? '',
        query: url.query ?? '',
        headers,
        body: Buffer.from(vector.body ?? ''),
      };
      const header = parseSigV4(headers.authorization ?? '');
      if (header === undefined) throw new Error(vector.name);
      expect(canonicalRequest(request, header), vector.name).toBe(vector.canonicalRequest);
      expect(
        isSignedWith(file.secretAccessKey, request, header, headers['x-amz-date'] ?? ''),
        vector.name,
      ).toBe(true);
    }
  });
});

/** Signs with an implementation that shares nothing with ours. */
function sign(path: string, headers: Record<string, string>, body: string): SignedRequest {
  const signed = aws4.sign(
    {
      method: 'POST',
      path,
      host: '127.0.0.1:4599',
      service: 'bedrock',
      region: 'us-east-1',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    },
    { accessKeyId: 'AKID', secretAccessKey: 'secret' },
  );
  const lower = Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { method: 'POST', path, query: '', headers: Object.fromEntries(lower), body: Buffer.from(body) };
}
