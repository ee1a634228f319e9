import { createHmac } from 'node:crypto';
import type { AwsKeys } from './credentials.ts';

/** What a signing key is good for. */
export interface KeyScope {
  /** `20260102`, UTC. */
  readonly day: string;
  readonly region: string;
  readonly service: string;
}

/** Regions and services in use are few; yesterday's keys go with everything else. */
const mostKeys = 64;

/** A secret's signing keys go when it goes. */
const keysOf = new WeakMap<AwsKeys, Map<string, Buffer>>();

/** SigV4's derived key: four HMACs over the secret, made once for each day, region and service. */
export function signingKey(keys: AwsKeys, { day, region, service }: KeyScope): Buffer {
  let known = keysOf.get(keys);
  if (known === undefined) {
    known = new Map();
    keysOf.set(keys, known);
  }
  const name = `${day}/${region}/${service}`;
  const there = known.get(name);
  if (there !== undefined) return there;
  if (known.size >= mostKeys) known.clear();
  let key = Buffer.from(`AWS4${keys.secretAccessKey}`);
  for (const step of [day, region, service, 'aws4_request']) {
    key = createHmac('sha256', key).update(step).digest();
  }
  known.set(name, key);
  return key;
}

/** The signature of a text, in hexadecimal. */
export function signWith(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
