import { hash } from 'node:crypto';
import { type Body, hashParts, isParts, lengthOf } from './body.ts';
import type { Authorization, AwsKeys } from './credentials.ts';
import { pathSegment } from './endpoint.ts';
import { signingKey, signWith } from './signing-key.ts';

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

/** What the signature is for, and when. */
export interface SigningScope {
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Default: Bedrock's signing name, for runtime and control plane alike. */
  readonly service?: string;
}

/** Headers that a proxy on the way may change, add or take away: they stay outside the signature, as with AWS's SDKs. */
const unsigned = new Set([
  'authorization',
  'cache-control',
  'connection',
  'expect',
  'from',
  'keep-alive',
  'max-forwards',
  'pragma',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
  'x-streambed-hop',
]);

/**
 * The headers to send: those given, `host`, and `authorization` (SigV4 or an API key). Where the body is in parts, its
 * length too.
 */
export async function authorize(
  request: UnsignedRequest,
  authorization: Authorization,
  scope: SigningScope,
): Promise<Record<string, string>> {
  const { body } = request;
  const headers: Record<string, string> = { ...request.headers, host: hostOf(request.origin) };
  if (authorization.kind === 'bearer') headers.authorization = `Bearer ${authorization.token}`;
  else {
    const payload = isParts(body)
      ? (await hashParts(body)).toString('hex')
      : hash('sha256', body ?? '', 'hex');
    sign(request, headers, payload, authorization.credentials, scope);
  }
  if (isParts(body)) headers['content-length'] = String(lengthOf(body));
  return headers;
}

/**
 * Adds AWS's Signature Version 4 to `headers` (AWS, "Create a signed AWS API request"):
 *
 *     canonical request   method ⏎ path ⏎ query ⏎ headers, one a line ⏎ ⏎ their names ⏎ hash of the body
 *     string to sign      AWS4-HMAC-SHA256 ⏎ time ⏎ day/region/service/aws4_request ⏎ hash of the canonical request
 *
 * botocore sends no `x-amz-content-sha256` and so neither does this; the body's hash is signed all the same.
 */
function sign(
  { method, path, query }: UnsignedRequest,
  headers: Record<string, string>,
  payload: string,
  keys: AwsKeys,
  { region, now, service = 'bedrock' }: SigningScope,
): void {
  const time = timeOf(now);
  headers['x-amz-date'] = time;
  if (keys.sessionToken) headers['x-amz-security-token'] = keys.sessionToken;
  const names = Object.keys(headers).filter(isSigned).sort();
  const signedNames = names.join(';');
  let canonical = `${method}\n${canonicalPath(path)}\n${query === undefined ? '' : canonicalQuery(query)}\n`;
  for (const name of names) canonical += `${name}:${canonicalValue(headers[name] as string)}\n`;
  canonical += `\n${signedNames}\n${headers['x-amz-content-sha256'] ?? payload}`;
  const scope = { day: time.slice(0, 8), region, service };
  const scopeText = `${scope.day}/${region}/${service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${time}\n${scopeText}\n${hash('sha256', canonical, 'hex')}`;
  const signature = signWith(signingKey(keys, scope), toSign);
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scopeText}, SignedHeaders=${signedNames}, Signature=${signature}`;
}

function isSigned(name: string): boolean {
  return !unsigned.has(name) && !name.startsWith('proxy-') && !name.startsWith('sec-');
}

let lastSecond = Number.NaN;
let lastTime = '';

/** `20260102T030405Z`. Nearly always the same one as before. */
function timeOf(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== lastSecond) {
    lastTime = `${new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    lastSecond = second;
  }
  return lastTime;
}

/** Empty and dot segments resolved, then the wire path encoded once more, as for every service but S3: `%3A` → `%253A`. */
function canonicalPath(path: string): string {
  const normal = /\/\/|\/\.{1,2}(?:\/|$)/.test(path) ? withoutDots(path) : path;
  return pathSegment(normal).replaceAll('%2F', '/');
}

function withoutDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** Sorted by encoded name. */
function canonicalQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => [pathSegment(name), pathSegment(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

/** Runs of blanks count as one, and none at the ends. */
function canonicalValue(value: string): string {
  return /[\t\r\n]|^ | $| {2}/.test(value)
    ? value
        .replace(/[\r\n]/g, ' ')
        .replace(/[ \t]+/g, ' ')
        .replace(/^ | $/g, '')
    : value;
}

let lastOrigin = '';
let lastHost = '';

/** An origin's host, with its port where that isn't the scheme's own. Nearly always the same one as before. */
function hostOf(origin: string): string {
  if (origin !== lastOrigin) {
    lastHost = new URL(origin).host;
    lastOrigin = origin;
  }
  return lastHost;
}
