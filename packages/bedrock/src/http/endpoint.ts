/** Which of AWS's hosts is meant. */
export interface HostChoice {
  readonly service: 'bedrock-runtime' | 'bedrock';
  readonly region: string;
  readonly fips: boolean;
  readonly dualStack: boolean;
}

/** AWS's own endpoint, `https://bedrock-runtime.eu-central-1.amazonaws.com` (AWS general reference, Bedrock endpoints). */
export function awsEndpoint({ service, region, fips, dualStack }: HostChoice): string {
  const host = `${service}${fips ? '-fips' : ''}.${region}`;
  return `https://${host}.${domain(region, dualStack)}`;
}

function domain(region: string, dualStack: boolean): string {
  if (region.startsWith('cn-')) return dualStack ? 'api.amazonwebservices.com.cn' : 'amazonaws.com.cn';
  if (region.startsWith('eusc-')) return dualStack ? 'api.amazonwebservices.eu' : 'amazonaws.eu';
  return dualStack ? 'api.aws' : 'amazonaws.com';
}

/** Where a request goes: origin without a slash at its end, and the path in front of Bedrock's own. */
export interface Endpoint {
  readonly origin: string;
  /** With its port, where that isn't the scheme's own. */
  readonly host: string;
  readonly basePath: string;
}

/** Splits an endpoint URL; throws TypeError for what is no http(s) URL. */
export function parseEndpoint(url: string): Endpoint {
  const there = known.get(url);
  if (there !== undefined) return there;
  const endpoint = readEndpoint(url);
  if (known.size >= mostKnown) known.clear();
  known.set(url, endpoint);
  return endpoint;
}

/** Every call names its endpoint, and there are few of them. */
const known = new Map<string, Endpoint>();
const mostKnown = 256;

function readEndpoint(url: string): Endpoint {
  const parsed = new URL(url);
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    throw new TypeError(`${url} is not an http or https URL`);
  }
  return { origin: parsed.origin, host: parsed.host, basePath: parsed.pathname.replace(/\/+$/, '') };
}

/** The path of a call. The id is one segment and is encoded whole, as AWS's SDKs do: `:` → `%3A`, `/` → `%2F`. */
export function modelPath(id: string, operation: string): string {
  return `/model/${pathSegment(id)}/${operation}`;
}

/** A query as it goes on the wire, with its question mark; encoded as SigV4 has it, so a space is `%20`. */
export function queryString(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${pathSegment(name)}=${pathSegment(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

/** One segment of a path, encoded whole. encodeURIComponent leaves `!'()*`, which SigV4 wants encoded (RFC 3986). */
export function pathSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
