import type { ResponseHead } from '../wire.ts';
import { HttpError } from './http-error.ts';

/** The head of an answer, and what follows it. */
export interface AnswerHead extends ResponseHead {
  /** The length of the body in bytes, `chunked`, or all until the connection ends. */
  readonly body: number | 'chunked' | 'until-close';
  /** Whether the connection may be used again after it. */
  readonly keepsAlive: boolean;
  /** How long the other side says it keeps an idle connection, in seconds. */
  readonly keepAliveSeconds: number | undefined;
}

const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** RFC 9110, section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const illegalInValue = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Reads a status line and headers, `text` being their bytes in latin1 without the empty line at the end. Throws
 * `HTTP_STATUS_LINE`, `HTTP_HEADER` or `HTTP_LENGTH`.
 */
export function readHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, code] = statusLine.exec(first) ?? [];
  const status = Number(code);
  if (code === undefined || status < 100) throw new HttpError('HTTP_STATUS_LINE');
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
    if (!token.test(name)) throw new HttpError('HTTP_HEADER', 'Its name is no token.');
    if (illegalInValue.test(value)) {
      throw new HttpError('HTTP_HEADER', `The value of ${name} has a control character.`);
    }
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
  }
  const body = bodyOf(status, headers, minor === '1');
  const options = (headers.connection ?? '').toLowerCase().split(/[ \t]*,[ \t]*/);
  return {
    status,
    headers,
    body,
    keepsAlive: minor === '1' && !options.includes('close') && body !== 'until-close',
    keepAliveSeconds: keepAliveSeconds(headers['keep-alive']),
  };
}

/** RFC 9112, section 6.3. What says its length twice may be read differently by someone between: it is refused. */
function bodyOf(status: number, headers: ResponseHead['headers'], isNewer: boolean): AnswerHead['body'] {
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (coding !== undefined) {
    if (!isNewer || length !== undefined || coding.toLowerCase() !== 'chunked') {
      throw new HttpError('HTTP_LENGTH', 'The transfer-encoding is not plainly chunked.');
    }
  }
  if (status < 200 || status === 204 || status === 304) return 0;
  if (coding !== undefined) return 'chunked';
  if (length === undefined) return 'until-close';
  const [one = '', ...others] = length.split(/[ \t]*,[ \t]*/);
  const bytes = Number(one);
  if (!/^\d+$/.test(one) || !Number.isSafeInteger(bytes) || others.some((other) => other !== one)) {
    throw new HttpError('HTTP_LENGTH', 'The content-length is no number.');
  }
  return bytes;
}

function keepAliveSeconds(value: string | undefined): number | undefined {
  const [, seconds] = /(?:^|[ \t,])timeout=(\d{1,9})/i.exec(value ?? '') ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}
