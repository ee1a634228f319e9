import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Body, hashParts, isParts, lengthOf } from './body.ts';
import type { Authorization } from './credentials.ts';

/** A request as it will be on the wire. */
export interface UnsignedRequest {
  readonly method: 'GET' | 'POST';
  /** `https://host:port`. */
  readonly origin: string;
  /** As sent, already percent-encoded; for a query see `query`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body | undefined;
}

/** Headers that a proxy on the way may add to or take away: they stay outside the signature. */
const unsigned = new Set(['user-agent', 'x-streambed-hop', 'x-amzn-trace-id']);

/** Bedrock's signing name, for runtime and control plane alike. */
const signingName = 'bedrock';

/**
 * The headers to send: those given, `host`, and `authorization` (SigV4 or an API key). The canonical path is the wire
 * path encoded once more, as for every service but S3: wire `%3A` is signed as `%253A`. Signing keys are cached by the
 * signer, one for each key, day, region and service.
 */
export async function authorize(
  request: UnsignedRequest,
  authorization: Authorization,
  { region, now, service = signingName }: { region: string; now: number; service?: string },
): Promise<Record<string, string>> {
  const url = new URL(request.origin);
  const headers = { ...request.headers, host: url.host };
  const { body } = request;
  const length = isParts(body) ? { 'content-length': String(lengthOf(body)) } : {};
  if (authorization.kind === 'bearer') {
    return { ...headers, ...length, authorization: `Bearer ${authorization.token}` };
  }
  const hashed = isParts(body) ? await hashParts(body) : undefined;
  const signer = new SignatureV4({
    service,
    region,
    credentials: authorization.credentials,
    sha256: hashed === undefined ? NodeSha256 : sha256Knowing(hashed),
    // botocore sends no x-amz-content-sha256 either; the hash in the signature is the real body's all the same.
    applyChecksum: false,
  });
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== '' && { port: Number(url.port) }),
      path: request.path,
      query: { ...request.query },
      headers,
      ...(body !== undefined && { body: hashed ?? body }),
    },
    { signingDate: new Date(now), unsignableHeaders: unsigned },
  );
  return { ...signed.headers, ...length };
}

/** Node's SHA-256 in the shape the signer asks for: with a secret an HMAC, without one a plain hash. */
class NodeSha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytes(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new TypeError('a hash is made for each use');
  }
}

/** For a body whose hash is known: the signer is given the hash in its place. */
function sha256Knowing(hash: Uint8Array): typeof NodeSha256 {
  return class extends NodeSha256 {
    #isKnown = false;

    override update(data: string | ArrayBuffer | ArrayBufferView): void {
      this.#isKnown = Buffer.compare(Buffer.from(bytes(data)), hash) === 0;
      super.update(data);
    }

    override async digest(): Promise<Uint8Array> {
      return this.#isKnown ? hash : super.digest();
    }
  };
}

function bytes(data: string | ArrayBuffer | ArrayBufferView): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
