import { createHash } from 'node:crypto';

/** A stream of random choices that is the same for the same seed. */
export interface Random {
  /** A number from 0 up to, but not, 1. */
  next(): number;
  /** A whole number, both ends included. */
  integer(from: number, to: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
  /** `length` characters of the alphabet. */
  text(alphabet: string, length: number): string;
}

/**
 * Randomness from any number of texts: a seed, a request, a purpose. Give each purpose its own, so that one more
 * choice made for frame padding doesn't change what an answer says.
 */
export function seededRandom(...parts: readonly string[]): Random {
  const digest = createHash('sha256').update(parts.join('\0')).digest();
  const next = sfc32(
    digest.readInt32LE(0),
    digest.readInt32LE(4),
    digest.readInt32LE(8),
    digest.readInt32LE(12),
  );
  const integer = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    integer,
    pick: (items) => items[integer(0, items.length - 1)] ?? items[0],
    text(alphabet, length) {
      let text = '';
      for (let n = 0; n < length; n++) text += alphabet[integer(0, alphabet.length - 1)];
      return text;
    },
  };
}

/** Chris Doty-Humphrey's Small Fast Counter generator: 128 bits of state, no multiplications. */
function sfc32(a: number, b: number, c: number, d: number): () => number {
  return () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4_294_967_296;
  };
}
