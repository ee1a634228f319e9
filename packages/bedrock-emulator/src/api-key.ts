import { AwsError } from './errors.ts';

/** What a short-term API key says of itself: it is a presigned address in disguise. */
interface ShortKey {
  readonly accessKeyId: string;
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const shortPrefix = 'bedrock-api-key-';

/** What a bearer key is checked against. */
export interface ApiKeyRules {
  readonly apiKeys: readonly string[];
  /** Access keys that may have made short-term keys. */
  readonly accessKeyIds: readonly string[];
  readonly region: string | undefined;
  readonly now: Date;
}

/**
 * Lets a configured key pass, long-term (`ABSK…`) or short-term, and a short-term key made with a configured access key.
 * A short-term key that can be read must not have expired and must be for this region. Throws what AWS answers, with
 * `Message` in capitals (public reports). What AWS says of an expired key isn't known: no report or recording shows it, so
 * only status and type are sure there.
 */
export function checkApiKey(key: string, { apiKeys, accessKeyIds, region, now }: ApiKeyRules): void {
  const short = key.startsWith(shortPrefix) ? readShortKey(key) : undefined;
  const known = apiKeys.includes(key) || (short !== undefined && accessKeyIds.includes(short.accessKeyId));
  if (!known)
    throw refused(
      /^(ABSK|bedrock-api-key-)/.test(key)
        ? 'Authentication failed: Please make sure your API Key is valid.'
        : 'Invalid API Key format: Must start with pre-defined prefix',
    );
  if (short === undefined) return;
  if (short.expires <= now.getTime()) throw refused('Bearer Token has expired');
  if (region !== undefined && short.region !== region)
    throw refused('Authentication failed: Please make sure your API Key is valid.');
}

/** `bedrock-api-key-` and base64 of `bedrock.amazonaws.com/?Action=CallWithBearerToken&X-Amz-…&Version=1`. */
function readShortKey(key: string): ShortKey | undefined {
  const address = Buffer.from(key.slice(shortPrefix.length), 'base64').toString('latin1');
  const mark = address.indexOf('?');
  if (mark === -1 || !address.startsWith('bedrock.amazonaws.com/')) return undefined;
  const query = new URLSearchParams(address.slice(mark + 1));
  const [accessKeyId, , region] = (query.get('X-Amz-Credential') ?? '').split('/');
  const made = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  const seconds = Number(query.get('X-Amz-Expires'));
  if (accessKeyId === undefined || region === undefined || made === null || !(seconds > 0)) return undefined;
  const [, year, month, day, hour, minute, second] = made.map(Number);
  const start = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  return { accessKeyId, region, expires: start + seconds * 1000 };
}

function refused(text: string): AwsError {
  return new AwsError('AccessDeniedException', text, { body: { Message: text }, from: 'coral.service' });
}
