import { randomBytes } from 'node:crypto';

/** Where the middle of a long string lies in the body it came in, without the quotes. */
export type BulkPiece = readonly [from: number, to: number];

/** The long strings of one body, as threads hand them over. */
export interface BulkSource {
  /** What its stand-ins begin with. */
  readonly prefix: string;
  readonly bytes: Uint8Array;
  readonly pieces: readonly BulkPiece[];
  /** They tell pieces apart by what they say. */
  readonly digests: readonly string[];
}

/** Digits after a stand-in's beginning: the number of its piece. */
const digits = 6;

/** A piece of a body is hashed and sent in parts of this size, so that nothing else waits for long. */
const partBytes = 256 * 1024;

/**
 * The long strings of a large JSON body, kept as the bytes they came in. In the request that was read from it their
 * middles are left out, and short letters stand for them; where the request is written for the upstream, the bytes are
 * put back. So images and long texts are never decoded, copied or encoded again, and what handles the request handles
 * something small. A stand-in may be moved anywhere inside a JSON string, but what is made of it (encoded, cut) can't be
 * undone: `missingFrom` tells of that.
 */
export class Bulk {
  readonly sources: readonly BulkSource[];
  readonly #pattern: RegExp;

  /**
   * What the stand-ins of one body begin with; their number follows, in six digits. Nobody can guess it. Letters and
   * digits only, and with the number as many as base64 has in whole groups: a stand-in may stand in base64 too.
   */
  static prefix(): string {
    return `sbbulk${randomBytes(10).toString('hex')}`;
  }

  /** What stands for the piece of that number. */
  static standIn(prefix: string, index: number): string {
    return `${prefix}${String(index).padStart(digits, '0')}`;
  }

  /** What stands in for the parts of either. */
  static join(one: Bulk | undefined, other: Bulk | undefined): Bulk | undefined {
    if (one === undefined || other === undefined) return one ?? other;
    return new Bulk([...one.sources, ...other.sources]);
  }

  /** Of one body, or of several whose parts make one request. */
  constructor(sources: readonly BulkSource[]) {
    this.sources = sources;
    this.#pattern = new RegExp(`(${sources.map(({ prefix }) => prefix).join('|')})(\\d{${digits}})`, 'g');
  }

  /** JSON text with its stand-ins replaced, as bytes in parts of a bounded size. */
  splice(text: string | Uint8Array): readonly Uint8Array[] {
    const written = typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
    const parts: Uint8Array[] = [];
    let at = 0;
    for (const match of written.matchAll(this.#pattern)) {
      const piece = this.#pieceOf(match);
      if (piece === undefined) continue;
      push(parts, Buffer.from(written.slice(at, match.index)));
      push(parts, piece);
      at = match.index + match[0].length;
    }
    push(parts, Buffer.from(written.slice(at)));
    return parts;
  }

  /** Whether anything stands in for bytes in a value. */
  isIn(value: object): boolean {
    return this.#namesIn(JSON.stringify(value)).length > 0;
  }

  /** Whether something stands in `request` for bytes that `text`, which was made of it, would not have. */
  missingFrom(text: string, request: object): boolean {
    const has = new Set(this.#namesIn(text));
    return this.#namesIn(JSON.stringify(request)).some((name) => !has.has(name));
  }

  /** A value with all its strings whole again. */
  restore<T>(value: T): T {
    return this.#restored(value) as T;
  }

  /** How much longer a string really is, in bytes. */
  hiddenIn(text: string): number {
    let hidden = 0;
    for (const match of text.matchAll(this.#pattern)) {
      hidden += (this.#pieceOf(match)?.byteLength ?? match[0].length) - match[0].length;
    }
    return hidden;
  }

  /** A text that is the same for the same content, whatever stands for it. */
  named(text: string): string {
    return text.replace(
      this.#pattern,
      (standIn, prefix: string, index: string) => this.#sourceOf(prefix)?.digests[Number(index)] ?? standIn,
    );
  }

  #sourceOf(prefix: string | undefined): BulkSource | undefined {
    return this.sources.find((source) => source.prefix === prefix);
  }

  /** The bytes that a stand-in stands for. */
  #pieceOf([, prefix, index]: readonly string[]): Uint8Array | undefined {
    const source = this.#sourceOf(prefix);
    const piece = source?.pieces[Number(index)];
    return piece === undefined ? undefined : source?.bytes.subarray(piece[0], piece[1]);
  }

  #namesIn(text: string): string[] {
    return [...text.matchAll(this.#pattern)].map(([standIn]) => standIn);
  }

  #restored(value: unknown): unknown {
    if (typeof value === 'string') {
      return value.replace(this.#pattern, (...match: string[]) => {
        const piece = this.#pieceOf(match);
        return piece === undefined ? (match[0] as string) : decode(piece);
      });
    }
    if (Array.isArray(value)) return value.map((item) => this.#restored(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, this.#restored(field)]));
  }
}

function decode({ buffer, byteOffset, byteLength }: Uint8Array): string {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return bytes.includes(0x5c)
    ? (JSON.parse(`"${bytes.toString('utf8')}"`) as string)
    : bytes.toString('utf8');
}

function push(parts: Uint8Array[], bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; at += partBytes) parts.push(bytes.subarray(at, at + partBytes));
}
