import { checkApiKey } from './api-key.ts';
import { AwsError } from './errors.ts';
import { isSignedWith, parseSigV4, type SignedRequest, type SigV4Header } from './sigv4.ts';

/** Credentials the emulator knows. */
export interface EmulatorCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** True: answers `ExpiredTokenException`, as a session does after its time. */
  readonly expired?: boolean | undefined;
}

export interface AuthOptions {
  /** None configured: any well-formed signature and any bearer key pass. */
  readonly credentials: readonly EmulatorCredentials[];
  readonly apiKeys: readonly string[];
  /** Set: a signature for another region is refused. */
  readonly region: string | undefined;
  readonly now: () => Date;
}

const clockToleranceMs = 5 * 60_000;

// The service of both Bedrock endpoints; `bedrock-runtime` is the classic mistake.
const signingName = 'bedrock';

/**
 * Lets a request pass, or throws what AWS answers. `aheadMs`: this Bedrock's clock is so far ahead of the time; a
 * signature's time is then looked at even where no credentials are configured.
 */
export function authenticate(request: SignedRequest, options: AuthOptions, aheadMs = 0): void {
  const authorization = request.headers.authorization;
  // Older reports show this name. One of 2026 shows AccessDeniedException, `{"Message":"Authorization header is missing"}`.
  if (authorization === undefined || authorization.trim() === '')
    throw new AwsError('MissingAuthenticationTokenException');

  const bearer = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
  if (bearer === undefined) {
    checkSignature(authorization, request, options, aheadMs);
    return;
  }
  const { credentials, apiKeys, region } = options;
  if (credentials.length === 0 && apiKeys.length === 0) return;
  checkApiKey(bearer, {
    apiKeys,
    accessKeyIds: credentials.map(({ accessKeyId }) => accessKeyId),
    region,
    now: new Date(options.now().getTime() + aheadMs),
  });
}

function checkSignature(
  authorization: string,
  request: SignedRequest,
  options: AuthOptions,
  aheadMs: number,
): void {
  const header = parseSigV4(authorization);
  const amzDate = request.headers['x-amz-date'];
  if (header === undefined || amzDate === undefined || !isAmzDate(amzDate))
    throw incomplete(authorization, amzDate);
  const now = new Date(options.now().getTime() + aheadMs);
  if (aheadMs !== 0) checkClock(amzDate, now);
  if (options.credentials.length === 0 && options.apiKeys.length === 0) return;

  const credentials = options.credentials.find(({ accessKeyId }) => accessKeyId === header.accessKeyId);
  const token = request.headers['x-amz-security-token'];
  if (credentials === undefined || credentials.sessionToken !== token)
    throw new AwsError('UnrecognizedClientException');
  if (credentials.expired === true) throw new AwsError('ExpiredTokenException');
  checkScope(header, amzDate, options);
  checkClock(amzDate, now);
  // What isn't signed could have been changed on the way.
  const signed = header.signedHeaders;
  const covered =
    (signed.includes('host') || signed.includes(':authority')) &&
    (token === undefined || signed.includes('x-amz-security-token'));
  if (!covered || !isSignedWith(credentials.secretAccessKey, request, header, amzDate))
    throw new AwsError('InvalidSignatureException');
}

/** AWS's general SigV4 texts; the recordings have none of these two. */
function checkScope(header: SigV4Header, amzDate: string, options: AuthOptions): void {
  if (header.service !== signingName)
    throw new AwsError(
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${signingName}'.`,
    );
  if (options.region !== undefined && header.region !== options.region)
    throw new AwsError('InvalidSignatureException', 'Credential should be scoped to a valid region.');
  if (!amzDate.startsWith(header.date))
    throw new AwsError(
      'InvalidSignatureException',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${header.date}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
    );
}

/** As recorded: `Signature expired: 20250130T064508Z is now earlier than 20250210T013411Z (20250210T013911Z - 5 min.)`. */
function checkClock(amzDate: string, now: Date): void {
  const signed = parseAmzDate(amzDate);
  const early = now.getTime() - clockToleranceMs;
  const late = now.getTime() + clockToleranceMs;
  if (signed < early)
    throw new AwsError(
      'InvalidSignatureException',
      `Signature expired: ${amzDate} is now earlier than ${toAmzDate(early)} (${toAmzDate(now.getTime())} - 5 min.)`,
    );
  if (signed > late)
    throw new AwsError(
      'InvalidSignatureException',
      `Signature not yet current: ${amzDate} is still later than ${toAmzDate(late)} (${toAmzDate(now.getTime())} + 5 min.)`,
    );
}

/** AWS's general text, which lists what is missing. */
function incomplete(authorization: string, amzDate: string | undefined): AwsError {
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !authorization.includes(`${name}=`))
    .map((name) => `Authorization header requires '${name}' parameter.`);
  if (amzDate === undefined)
    missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  return new AwsError('IncompleteSignatureException', missing.length === 0 ? undefined : missing.join(' '));
}

function isAmzDate(text: string): boolean {
  return /^\d{8}T\d{6}Z$/.test(text) && !Number.isNaN(parseAmzDate(text));
}

function parseAmzDate(text: string): number {
  return Date.parse(text.replace(/^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/, '$1-$2-$3T$4:$5:$6Z'));
}

function toAmzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
