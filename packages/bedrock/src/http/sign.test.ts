import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithRecordings, vectorsFolder } from '../../../../test/support/recordings.ts';
import { expectedSignature } from '../../../../test/support/verify-signature.ts';
import type { Authorization } from './credentials.ts';
import { modelPath } from './endpoint.ts';
import { authorize, type UnsignedRequest } from './sign.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const sigv4 = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
  ({ kind: 'sigv4', credentials }) satisfies Authorization;

describe('authorize', () => {
  const request: UnsignedRequest = {
    method: 'POST',
    origin: 'https://bedrock-runtime.us-east-1.amazonaws.com',
    path: modelPath('anthropic.claude-v2:1', 'invoke'),
    headers: { 'content-type': 'application/json' },
    body: '{}',
  };

  it('sends an API key as it is, without a date or a signature', async () => {
    const headers = await authorize(
      request,
      { kind: 'bearer', token: 'ABSKsecret' },
      { region: 'us-east-1', now: 0 },
    );
    expect(headers).toEqual({
      'content-type': 'application/json',
      host: 'bedrock-runtime.us-east-1.amazonaws.com',
      authorization: 'Bearer ABSKsecret',
    });
  });

  it('leaves headers that a proxy may change out of the signature', async () => {
    const headers = await authorize(
      { ...request, headers: { ...request.headers, 'user-agent': 'x', 'x-streambed-hop': 'a' } },
      sigv4(keys),
      { region: 'us-east-1', now: 0 },
    );
    expect(headers).toMatchObject({ 'user-agent': 'x', 'x-streambed-hop': 'a' });
    expect(headers.authorization).toContain('SignedHeaders=content-type;host;x-amz-date,');
  });

  it('agrees with an independent signer on any id, body, header and key', async () => {
    const segment = fc.string({ unit: fc.constantFrom(...'abcXYZ019.-_:'), minLength: 1, maxLength: 40 });
    const arn = segment.map(
      (name) => `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/${name}`,
    );
    const odd = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          segment,
          arn,
          odd.filter((id) => id !== '.' && id !== '..'),
        ),
        fc.string({ unit: 'binary' }),
        fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
        fc.string({ unit: 'grapheme-ascii', maxLength: 30 }),
        fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }),
        async (id, body, token, guardrail, date) => {
          const credentials = { ...keys, ...(token !== undefined && { sessionToken: token }) };
          const signed = await authorize(
            {
              ...request,
              path: modelPath(id, 'invoke-with-response-stream'),
              headers: { ...request.headers, 'x-amzn-bedrock-guardrailidentifier': guardrail },
              body,
            },
            sigv4(credentials),
            { region: 'eu-central-1', now: date.getTime() },
          );
          const arrived = {
            method: 'POST',
            path: modelPath(id, 'invoke-with-response-stream'),
            headers: signed,
            rawHeaders: [],
            body: Buffer.from(body),
          };
          const claimed = /Signature=(\w+)/.exec(signed.authorization ?? '')?.[1];
          expect(claimed).toBe(expectedSignature(arrived, credentials, 'eu-central-1'));
        },
      ),
    );
  });

  it("agrees with AWS's own signer on any path, query, header and time", async () => {
    const text = fc.string({ unit: 'binary', maxLength: 12 });
    // AWS's signer loses that one as it copies the query.
    const queryName = text.filter((one) => one !== '__proto__');
    const headerValue = fc.string({ unit: fc.constantFrom(...'aZ09 \t,;="/%'), maxLength: 20 });
    const name = fc.oneof(
      fc.constantFrom(
        'accept',
        'user-agent',
        'te',
        'proxy-x',
        'sec-fetch-site',
        'x-amzn-trace-id',
        'x-streambed-hop',
      ),
      fc.stringMatching(/^x-[a-z0-9-]{0,12}$/),
    );
    const segments = fc.array(fc.oneof(text.map(encodeURIComponent), fc.constantFrom('', '.', '..')), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(
        segments,
        fc.dictionary(queryName, text, { maxKeys: 4 }),
        fc.dictionary(name, headerValue, { maxKeys: 6 }),
        fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        fc.constantFrom('us-east-1', 'eu-central-1', 'ap-southeast-2'),
        fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }),
        async (path, query, headers, body, region, date) => {
          const asked = { ...request, path: `/${path.join('/')}`, query, headers, body };
          const signed = await authorize(asked, sigv4(keys), { region, now: date.getTime() });
          expect(signed.authorization).toBe(await signedByAws(asked, region, date));
        },
      ),
    );
  });
});

async function signedByAws(asked: UnsignedRequest, region: string, date: Date): Promise<string | undefined> {
  const { host } = new URL(asked.origin);
  const signer = new SignatureV4({
    service: 'bedrock',
    region,
    credentials: keys,
    sha256: NodeSha256,
    applyChecksum: false,
  });
  const { method, path, query, body } = asked;
  const { headers } = await signer.sign(
    {
      method,
      protocol: 'https:',
      hostname: host,
      path,
      query: { ...query },
      headers: { ...asked.headers, host },
      ...(body !== undefined && { body }),
    },
    { signingDate: date, unsignableHeaders: new Set(['x-streambed-hop']) },
  );
  return headers.authorization;
}

/** Node's SHA-256 in the shape that AWS's signer asks for: with a secret an HMAC, without one a plain hash. */
class NodeSha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as Uint8Array);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

interface Suite {
  readonly cases: Readonly<Record<string, SuiteCase>>;
}
interface SuiteCase {
  readonly context: {
    readonly credentials: { access_key_id: string; secret_access_key: string; token?: string };
    readonly normalize: boolean;
    readonly omit_session_token?: boolean;
    readonly region: string;
    readonly service: string;
    readonly sign_body: boolean;
    readonly timestamp: string;
  };
  readonly request: string;
  readonly 'header-signature': string;
}
interface BedrockVectors {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly date: string;
  readonly cases: readonly {
    readonly name: string;
    readonly method: 'GET' | 'POST';
    readonly url: string;
    readonly headersBeforeSigning: Readonly<Record<string, string>>;
    readonly body: string | null;
    readonly sessionToken: string | null;
    readonly service: string;
    readonly region: string;
    readonly signedHeaders: { readonly Authorization: string };
  }[];
}

describeWithRecordings('signature vectors', () => {
  const read = (file: string) =>
    JSON.parse(readFileSync(join(vectorsFolder('sigv4-vectors') ?? '', file), 'utf8'));
  const bedrock = read('bedrock.json') as BedrockVectors;
  const suite = read('aws-signing-test-suite-v4.json') as Suite;

  it.each(bedrock.cases.map((vector) => [vector.name, vector] as const))(
    'signs as botocore does: %s',
    async (_name, vector) => {
      const { accessKeyId, secretAccessKey, date } = bedrock;
      const url = new URL(vector.url);
      const signed = await authorize(
        {
          method: vector.method,
          origin: url.origin,
          path: url.pathname,
          query: Object.fromEntries(url.searchParams),
          headers: lowerCase(vector.headersBeforeSigning),
          body: vector.body ?? undefined,
        },
        sigv4({
          accessKeyId,
          secretAccessKey,
          ...(vector.sessionToken !== null && { sessionToken: vector.sessionToken }),
        }),
        { region: vector.region, now: Date.parse(toIso(date)), service: vector.service },
      );
      expect(signed.authorization).toBe(vector.signedHeaders.Authorization);
    },
  );

  // Bedrock's paths are always normalised; without it only S3 signs.
  const general = Object.entries(suite.cases).filter(([, vector]) => vector.context.normalize);
  it.each(general)("passes AWS's own signing suite: %s", async (_name, { context, ...vector }) => {
    const { credentials } = context;
    const { body, headers, ...request } = parseRequest(vector.request);
    const hash = createHash('sha256')
      .update((body as string | undefined) ?? '')
      .digest('hex');
    const token = context.omit_session_token === true ? undefined : credentials.token;
    const signed = await authorize(
      {
        ...request,
        body,
        headers: { ...headers, ...(context.sign_body && { 'x-amz-content-sha256': hash }) },
      },
      sigv4({
        accessKeyId: credentials.access_key_id,
        secretAccessKey: credentials.secret_access_key,
        ...(token !== undefined && { sessionToken: token }),
      }),
      { region: context.region, now: Date.parse(context.timestamp), service: context.service },
    );
    expect(signed.authorization).toContain(`Signature=${vector['header-signature']}`);
  });
});

/** Reads the suite's request text: one request line, headers with continuation lines, a body after an empty line. */
function parseRequest(text: string): UnsignedRequest {
  const [head = '', ...bodies] = text.split('\n\n');
  const [line = '', ...headerLines] = head.replace(/\n[ \t]+/g, ' ').split('\n');
  const [, method = '', target = ''] = /^(GET|POST) (.*) HTTP\/1\.1$/.exec(line) ?? [];
  const [path = '', search = ''] = target.split('?');
  const headers: Record<string, string> = {};
  for (const header of headerLines.filter((each) => each !== '')) {
    const [name = '', value = ''] = header.split(/:(.*)/s);
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value.trim() : `${headers[key]},${value.trim()}`;
  }
  const { host, ...rest } = headers;
  return {
    method: method as 'GET' | 'POST',
    origin: `https://${host}`,
    path,
    query: Object.fromEntries(new URLSearchParams(search)),
    headers: rest,
    body: bodies.length > 0 ? bodies.join('\n\n') : undefined,
  };
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

/** `20260102T030405Z` → `2026-01-02T03:04:05Z`. */
function toIso(date: string): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
}
