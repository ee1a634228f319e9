import { Dechunker } from './dechunk.ts';
import { HttpError } from './http-error.ts';
import { type AnswerHead, readHead } from './read-head.ts';

/** Status line and headers; as in Node's own client. */
const mostHeadBytes = 16 * 1024;

const headEnd = Buffer.from('\r\n\r\n');

/** What is read goes here. */
export interface AnswerParts {
  /** Once, of the answer itself: interim ones (1xx) are passed over. */
  onHead(head: AnswerHead): void;
  /** Bytes of the body, never none, good until this returns. */
  onBody(bytes: Uint8Array): void;
}

/** Reads one HTTP/1.1 answer from reads of a socket, cut anywhere. */
export class AnswerReader {
  /** Whether the answer is complete. */
  ended = false;
  readonly #parts: AnswerParts;
  /** The beginning of a head whose end hasn't come. */
  #kept: Buffer = Buffer.alloc(0);
  #head: AnswerHead | undefined;
  /** Bytes due of a body that says its length. */
  #due = 0;
  readonly #dechunker = new Dechunker();

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  /**
   * Takes the first `length` bytes of `memory`, which it may change, and which may be written over afterwards. Returns
   * how many of them were of this answer. Throws `HttpError` at what is not legal; the body before that has been
   * handed over.
   */
  read(memory: Buffer, length: number): number {
    let at = 0;
    while (this.#head === undefined) {
      const next = this.#readHead(memory, at, length);
      if (next === undefined) return length;
      at = next;
    }
    return this.ended ? at : this.#readBody(this.#head, memory, at, length);
  }

  /** The connection has ended. Throws `HTTP_CUT` where that isn't the end of the answer. */
  end(): void {
    if (this.ended) return;
    if (this.#head?.body !== 'until-close') throw new HttpError('HTTP_CUT');
    this.ended = true;
  }

  /** Reads one head; where its end hasn't come, keeps what is there. */
  #readHead(memory: Buffer, at: number, length: number): number | undefined {
    const from = this.#kept.length;
    const bytes =
      from === 0 ? memory.subarray(at, length) : Buffer.concat([this.#kept, memory.subarray(at, length)]);
    const end = bytes.indexOf(headEnd, Math.max(0, from - headEnd.length));
    if ((end < 0 ? bytes.length : end) > mostHeadBytes) throw new HttpError('HTTP_HEAD_TOO_LONG');
    if (end < 0) {
      // Whoever doesn't speak HTTP at all is told so before as much as a head has come.
      if (!'HTTP/1.'.startsWith(bytes.toString('latin1', 0, 7))) throw new HttpError('HTTP_STATUS_LINE');
      this.#kept = from === 0 ? Buffer.from(bytes) : bytes;
      return undefined;
    }
    this.#kept = Buffer.alloc(0);
    const head = readHead(bytes.toString('latin1', 0, end));
    if (head.status === 101) throw new HttpError('HTTP_UPGRADE');
    if (head.status >= 200) {
      this.#head = head;
      if (typeof head.body === 'number') this.#due = head.body;
      this.ended = head.body === 0;
      this.#parts.onHead(head);
    }
    return at + end + headEnd.length - from;
  }

  #readBody({ body }: AnswerHead, memory: Buffer, at: number, length: number): number {
    if (body === 'until-close') {
      this.#hand(memory, at, length);
      return length;
    }
    if (body === 'chunked') {
      const dechunker = this.#dechunker;
      try {
        return dechunker.strip(memory, at, length);
      } finally {
        this.#hand(memory, dechunker.from, dechunker.to);
        this.ended = dechunker.ended;
      }
    }
    const end = Math.min(length, at + this.#due);
    this.#due -= end - at;
    this.#hand(memory, at, end);
    this.ended = this.#due === 0;
    return end;
  }

  #hand(memory: Buffer, from: number, to: number): void {
    if (from < to) this.#parts.onBody(memory.subarray(from, to));
  }
}
