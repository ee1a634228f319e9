import type { IncomingHttpHeaders } from 'node:http';
import { StreambedError } from '@streambed/protocol';
import { isGrant } from './grant.ts';

/** Something that says who asks. It is a secret: it goes into no log and no error. */
export interface Credential {
  readonly by: 'key' | 'session' | 'token';
  readonly text: string;
}

/** The cookie that a browser has signed in with. */
export const cookieName = 'streambed_session';

/** Where the ecosystems' clients put a key: OpenAI's and AWS's, Anthropic's, Azure's. */
const keyHeaders = ['x-api-key', 'api-key'] as const;

/** Longer than any of ours. */
const maxLength = 16_384;

/**
 * What of a request's head says who asks, programs' headers before the browser's cookie. Throws `SB_SIGV4_NOT_ACCEPTED`
 * where there is a signature or key of AWS and nothing else.
 */
export function credentialsIn(headers: IncomingHttpHeaders): readonly Credential[] {
  const found: Credential[] = [];
  const { authorization = '' } = headers;
  const bearer = /^bearer +(\S+) *$/i.exec(authorization)?.[1];
  if (bearer !== undefined && !isAwsKey(bearer)) found.push(fromText(bearer));
  for (const name of keyHeaders) {
    const value = headers[name];
    if (typeof value === 'string' && value.trim() !== '') found.push(fromText(value.trim()));
  }
  if (found.length > 0) return found;
  if (/^AWS4-/i.test(authorization) || bearer !== undefined)
    throw new StreambedError('SB_SIGV4_NOT_ACCEPTED');
  const cookie = cookieIn(headers);
  return cookie === undefined ? [] : [{ by: 'session', text: cookie }];
}

/** Bedrock's own API keys, for long and for a short time: nobody could tell what is wrong with "a key" that isn't ours. */
function isAwsKey(text: string): boolean {
  return /^(ABSK|bedrock-api-key-)/.test(text);
}

/** A key or a client token, by how it looks. A session is told by its cookie only. */
export function fromText(text: string): Credential {
  return { by: isGrant('token', text) ? 'token' : 'key', text: text.slice(0, maxLength) };
}

/** The value of the sign-in cookie. */
export function cookieIn({ cookie = '' }: IncomingHttpHeaders): string | undefined {
  for (const part of cookie.split(';')) {
    const equals = part.indexOf('=');
    if (equals >= 0 && part.slice(0, equals).trim() === cookieName) return part.slice(equals + 1).trim();
  }
  return undefined;
}
