import aws4 from 'aws4';
import type { ReplayedRequest } from './replay-server.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What an `Authorization` header says, before anything of it is believed. */
export interface Claimed {
  readonly accessKeyId: string;
  /** `20260102/us-east-1/bedrock/aws4_request` */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** Reads a SigV4 `Authorization` header; throws where it is none. */
export function readAuthorization(header: string | undefined): Claimed {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\S+), ?SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header ?? '',
    );
  if (match === null) throw new Error(`not a SigV4 header: ${header}`);
  const [, accessKeyId = '', scope = '', signed = '', signature = ''] = match;
  return { accessKeyId, scope, signedHeaders: signed.split(';'), signature };
}

/**
 * The signature that `aws4`, an implementation that shares nothing with ours, computes for a request as it arrived:
 * the wire's own path, the headers that the request says it signed, the body's bytes.
 */
export function expectedSignature(request: ReplayedRequest, keys: Keys, region: string): string {
  const { signedHeaders } = readAuthorization(request.headers.authorization);
  const headers = Object.fromEntries(
    signedHeaders.map((name) => {
      const value = request.headers[name];
      if (value === undefined) throw new Error(`${name} is signed but was not sent`);
      return [name, value];
    }),
  );
  const added = ['content-type', 'content-length', 'x-amz-security-token'];
  const { headers: signed } = aws4.sign(
    {
      method: request.method,
      path: request.path,
      host: request.headers.host ?? '',
      service: 'bedrock',
      region,
      headers,
      body: request.body,
      // What aws4 adds by itself, and what it leaves out by itself, gives way to what the request says.
      extraHeadersToIgnore: Object.fromEntries(
        added.filter((name) => !signedHeaders.includes(name)).map((name) => [name, true]),
      ),
      extraHeadersToInclude: Object.fromEntries(signedHeaders.map((name) => [name, true])),
    },
    keys,
  );
  return readAuthorization(signed.Authorization).signature;
}
