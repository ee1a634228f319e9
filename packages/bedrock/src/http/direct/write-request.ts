import { isParts, lengthOf } from '../body.ts';
import type { WireCall } from '../wire.ts';

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const illegalInValue = /[^\t\x20-\x7e\x80-\xff]/;
const illegalInPath = /[^\x21-\x7e]/;

/**
 * A request as its bytes, the body with them unless it comes in parts. Throws TypeError for what can't be written: a
 * line break in a header would be another header.
 */
export function writeRequest({ method, origin, path, headers, body }: WireCall): Buffer {
  if (illegalInPath.test(path)) throw new TypeError('the path of a request is not legal');
  let head = `${method} ${path} HTTP/1.1\r\n`;
  if (headers.host === undefined) head += `host: ${new URL(origin).host}\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name) || illegalInValue.test(value)) {
      throw new TypeError(`the header ${JSON.stringify(name)} of a request is not legal`);
    }
    // Said here, of the body as it is.
    if (name !== 'content-length' && name !== 'connection') head += `${name}: ${value}\r\n`;
  }
  head += 'connection: keep-alive\r\n';
  if (body === undefined) return Buffer.from(`${head}\r\n`, 'latin1');
  const whole = isParts(body) ? '' : body;
  const length = typeof whole === 'string' ? Buffer.byteLength(whole) : whole.byteLength;
  head += `content-length: ${isParts(body) ? lengthOf(body) : length}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + length);
  bytes.write(head, 'latin1');
  if (typeof whole === 'string') bytes.write(whole, head.length, 'utf8');
  else bytes.set(whole, head.length);
  return bytes;
}
