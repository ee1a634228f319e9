import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A parsed `Authorization: AWS4-HMAC-SHA256 …` header. */
export interface SigV4Header {
  readonly accessKeyId: string;
  /** `YYYYMMDD`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower case, in the order given. */
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** What a signature covers. */
export interface SignedRequest {
  readonly method: string;
  /** As on the wire. */
  readonly path: string;
  /** As on the wire, without the `?`. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Takes the header apart; `undefined` when it isn't a well-formed SigV4 header. */
export function parseSigV4(authorization: string): SigV4Header | undefined {
  const fields = /^AWS4-HMAC-SHA256\s+(.+)$/.exec(authorization)?.[1];
  if (fields === undefined) return undefined;
  const values = new Map<string, string>();
  for (const field of fields.split(',')) {
    const equals = field.indexOf('=');
    if (equals > 0) values.set(field.slice(0, equals).trim(), field.slice(equals + 1).trim());
  }
  const scope = values.get('Credential')?.split('/') ?? [];
  const [terminator, service, region, date] = scope.slice(-4).reverse();
  const accessKeyId = scope.slice(0, -4).join('/');
  const signedHeaders = values.get('SignedHeaders')?.split(';');
  const signature = values.get('Signature');
  if (accessKeyId === '' || date === undefined || region === undefined || service === undefined)
    return undefined;
  if (terminator !== 'aws4_request' || signedHeaders === undefined || signature === undefined)
    return undefined;
  return { accessKeyId, date, region, service, signedHeaders, signature };
}

/**
 * Whether the signature is the one this secret makes. Bedrock's canonical path is the wire path URI-encoded once more:
 * `%3A` becomes `%253A`, a raw `:` becomes `%3A`. The payload hash is always the real body's, and only the headers that
 * `SignedHeaders` names are covered.
 */
export function isSignedWith(
  secretAccessKey: string,
  request: SignedRequest,
  header: SigV4Header,
  amzDate: string,
): boolean {
  const expected = signatureOf(secretAccessKey, request, header, amzDate);
  return (
    expected.length === header.signature.length &&
    timingSafeEqual(Buffer.from(expected, 'latin1'), Buffer.from(header.signature, 'latin1'))
  );
}

function signatureOf(
  secretAccessKey: string,
  request: SignedRequest,
  header: Omit<SigV4Header, 'signature'>,
  amzDate: string,
): string {
  const scope = `${header.date}/${header.region}/${header.service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', amzDate, scope, hash(canonicalRequest(request, header))].join('\n');
  let key = hmac(`AWS4${secretAccessKey}`, header.date);
  for (const part of [header.region, header.service, 'aws4_request']) key = hmac(key, part);
  return hmac(key, toSign).toString('hex');
}

/** The headers that sign a request anew, with everything it needs to stand: `authorization`, `x-amz-date`, the token. */
export function signedHeaders(
  request: SignedRequest,
  credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
  },
  region: string,
  now: Date,
): Record<string, string> {
  const amzDate = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const added: Record<string, string> = { 'x-amz-date': amzDate };
  if (credentials.sessionToken !== undefined) added['x-amz-security-token'] = credentials.sessionToken;
  const header = {
    accessKeyId: credentials.accessKeyId,
    date: amzDate.slice(0, 8),
    region,
    service: 'bedrock',
    signedHeaders: ['host', ...Object.keys(added)],
  };
  const signed = { ...request, headers: { ...request.headers, ...added } };
  const signature = signatureOf(credentials.secretAccessKey, signed, header, amzDate);
  const scope = `${header.date}/${region}/${header.service}/aws4_request`;
  return {
    ...added,
    authorization: `AWS4-HMAC-SHA256 Credential=${header.accessKeyId}/${scope}, SignedHeaders=${header.signedHeaders.join(';')}, Signature=${signature}`,
  };
}

/** The text whose hash is signed. */
export function canonicalRequest(request: SignedRequest, header: Pick<SigV4Header, 'signedHeaders'>): string {
  const headers = header.signedHeaders.map(
    (name) => `${name}:${headerValue(request, name).trim().replace(/\s+/g, ' ')}\n`,
  );
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.join(''),
    header.signedHeaders.join(';'),
    hash(request.body),
  ].join('\n');
}

/** Empty and dot segments are left out; what stays is encoded once more than on the wire. */
function canonicalPath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(encode(segment));
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** Over HTTP/2 the JavaScript SDK signs `:authority` where others sign `host`: it is the same thing. */
function headerValue({ headers }: SignedRequest, name: string): string {
  return headers[name === ':authority' ? 'host' : name] ?? '';
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = equals === -1 ? pair : pair.slice(0, equals);
      const value = equals === -1 ? '' : pair.slice(equals + 1);
      return [encode(decode(name)), encode(decode(value))] as const;
    })
    .sort(([aName, aValue], [bName, bValue]) =>
      aName === bName ? compare(aValue, bValue) : compare(aName, bName),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** RFC 3986: everything but letters, digits and `-_.~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function hash(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
