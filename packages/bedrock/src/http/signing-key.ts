import { createHmac, hash } from 'node:crypto';
import type { AwsKeys } from './credentials.ts';

/** What a signing key is good for. */
export interface KeyScope {
  /** `20260102`, UTC. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** A derived key in the two forms that HMAC takes it in. */
export interface SigningKey {
  readonly inner: Buffer;
  readonly outer: Buffer;
}

/** Regions and services in use are few; yesterday's keys go with everything else. */
const mostKeys = 64;

/** A secret's signing keys go when it goes. */
const keysOf = new WeakMap<AwsKeys, Map<string, SigningKey>>();

/** SigV4's derived key: four HMACs over the secret, made once for each day, region and service. */
export function signingKey(keys: AwsKeys, { day, region, service }: KeyScope): SigningKey {
  let known = keysOf.get(keys);
  if (known === undefined) {
    known = new Map();
    keysOf.set(keys, known);
  }
  const name = `${day}/${region}/${service}`;
  const there = known.get(name);
  if (there !== undefined) return there;
  if (known.size >= mostKeys) known.clear();
  let derived = Buffer.from(`AWS4${keys.secretAccessKey}`);
  for (const step of [day, region, service, 'aws4_request']) {
    derived = createHmac('sha256', derived).update(step).digest();
  }
  const made = { inner: padded(derived, 0x36), outer: padded(derived, 0x5c) };
  known.set(name, made);
  return made;
}

/** SHA-256 works on blocks of so many bytes. */
const blockLength = 64;

/** A key as HMAC puts it before what is hashed (RFC 2104): XORed, and as long as a block, for it is shorter than one. */
function padded(key: Uint8Array, pad: number): Buffer {
  const block = Buffer.alloc(blockLength, pad);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
}

/**
 * The HMAC-SHA256 of a text, in hexadecimal: `H(outer | H(inner | text))`. Node's own HMAC looks its parts up anew each
 * time, which between requests takes three times as long as the two hashes.
 */
export function signWith({ inner, outer }: SigningKey, text: string): string {
  const hashed = hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer');
  return hash('sha256', Buffer.concat([outer, hashed]), 'hex');
}
