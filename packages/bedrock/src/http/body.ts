import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';

/** A body to send: whole, or in parts of a bounded size. */
export type Body = string | Uint8Array | readonly Uint8Array[];

export function isParts(body: Body | undefined): body is readonly Uint8Array[] {
  return Array.isArray(body);
}

export function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

/** So much is hashed before others get their turn. */
const turnBytes = 256 * 1024;

/** The SHA-256 of all parts. */
export async function hashParts(parts: readonly Uint8Array[]): Promise<Buffer> {
  const hash = createHash('sha256');
  let hashed = 0;
  for (const part of parts) {
    hash.update(part);
    hashed += part.byteLength;
    if (hashed < turnBytes) continue;
    hashed = 0;
    await turn();
  }
  return hash.digest();
}

/** The parts one after another, for whoever sends them as the other side takes them. */
export async function* inTurn(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* parts;
}

/** The base64 of all parts together, in parts. */
export async function inBase64(parts: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const encoded: Uint8Array[] = [];
  let rest = Buffer.alloc(0);
  for (const part of parts) {
    const bytes = Buffer.concat([rest, part]);
    const whole = bytes.length - (bytes.length % 3);
    encoded.push(Buffer.from(bytes.toString('base64', 0, whole)));
    rest = bytes.subarray(whole);
    await turn();
  }
  return [...encoded, Buffer.from(rest.toString('base64'))];
}
