import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

/** Easily copied by a double click, and the same in every encoding. */
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 12 letters name a key, 36 prove it: 214 bits. */
const idLength = 12;
const proofLength = 36;
const pattern = new RegExp(`^sb_([0-9A-Za-z]{${idLength}})_[0-9A-Za-z]{${proofLength}}$`);

/** A new key as its owner gets it, once; `id` says which it is and proves nothing. */
export function makeSecret(id: string = randomLetters(idLength)): {
  readonly id: string;
  readonly text: string;
} {
  return { id, text: `sb_${id}_${randomLetters(proofLength)}` };
}

/** The public part of a key; undefined for what is none. */
export function idOfSecret(text: string): string | undefined {
  return pattern.exec(text)?.[1];
}

/** What is kept of a secret. It is random enough that nothing slower is needed. */
export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Compares in a time that tells nothing. */
export function sameDigest(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

function randomLetters(length: number): string {
  return Array.from({ length }, () => letters[randomInt(letters.length)]).join('');
}
