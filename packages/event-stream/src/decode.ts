import { crc32 } from 'node:zlib';
import { readUint32 } from './bytes.ts';
import { decodeHeaders } from './decode-headers.ts';
import { EventStreamError } from './errors.ts';
import { KnownBytes } from './known-bytes.ts';
import { emptyMessageLength, preludeLength, trailerLength } from './layout.ts';
import { type DecoderLimits, defaultLimits } from './limits.ts';
import type { EventStreamMessage, MessageHeaders } from './message.ts';
import { preludeCrc } from './prelude-crc.ts';
import { mostRunMessageLength, RunCrc } from './run-crc.ts';

const nothing = new Uint8Array(0);
const noHeaders = decodeHeaders(nothing);

/** The first piece kept of a message that is still coming; more only as more bytes really come. */
const firstPieceLength = 64 * 1024;
/** Longer headers than Bedrock's (80 bytes) are rare enough to be decoded each time. */
const maxRememberedLength = 1024;

/**
 * What is waited for:
 *
 *     ┌────────> prelude ──── 12 bytes: lengths checked ────> message ───┐
 *     └──────────────────────── all bytes: message ──────────────────────┘
 *
 * (a run of whole messages in one chunk is taken in the state `prelude`, all at once)
 *
 * and from everywhere to `failed` at the first illegal byte, and to `ended` by `end()`.
 */
type State = 'prelude' | 'message' | 'failed' | 'ended';

/**
 * Reads `application/vnd.amazon.eventstream` from chunks cut anywhere. One stream, one decoder.
 *
 * A message that lies in one chunk is not copied: its `body` is a view of that chunk, good until somebody writes to the
 * chunk. Bytes of a message that is still coming are copied, each once or twice: the decoder keeps no chunk, so a peer
 * that sends one byte at a time costs bytes and not objects.
 */
export class EventStreamDecoder {
  readonly #limits: DecoderLimits;
  readonly #keepBytes: boolean;
  #state: State = 'prelude';
  #failure: EventStreamError | undefined;

  /** The chunk being read, and how far. */
  #chunk: Uint8Array = nothing;
  #offset = 0;
  /** The beginning of a message whose end was not in its chunk. */
  #kept: Uint8Array = nothing;
  #keptLength = 0;
  /** Where the current message is read from, set by `#have`: the chunk, or what was kept of earlier ones. */
  #source: Uint8Array = nothing;
  #start = 0;

  /** Whether runs of messages may be checked at once; not any more once one was wrong. */
  #hasRuns: boolean;

  // Of the current message; trusted in the state `message`.
  #total = 0;
  #headersLength = 0;
  #preludeCrc = 0;

  /** The last headers and their bytes. Bedrock repeats them: nearly every message of a stream has the same. */
  #headers: MessageHeaders = noHeaders;
  #headersBytes = new KnownBytes(nothing);

  /**
   * `limits` replaces the default ones one by one. With `keepBytes` each message has its own bytes too; without
   * `runs` each is checked by itself, which is slower and no safer.
   */
  constructor(limits: Partial<DecoderLimits> = {}, { keepBytes = false, runs = true } = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#hasRuns = runs;
    this.#keepBytes = keepBytes;
  }

  /**
   * The error that stopped this decoder. Look here after `decode` to learn of it at once: where whole messages came
   * before it in the same chunk, `decode` returns those and throws only when called again.
   */
  get failure(): EventStreamError | undefined {
    return this.#failure;
  }

  /**
   * Takes the next bytes and returns the messages that they complete, in order, none when they complete none. Messages
   * with the same headers share one frozen headers object.
   *
   * Throws an `EventStreamError` at the first illegal byte, and the same one ever after: behind it nothing can be
   * trusted. No message before it is lost: they are returned first, see `failure`. `ES_ENDED` after `end()`.
   */
  decode(chunk: Uint8Array): EventStreamMessage[] {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'ended') throw new EventStreamError('ES_ENDED');

    const messages: EventStreamMessage[] = [];
    this.#chunk = chunk;
    this.#offset = 0;
    try {
      this.#read(messages);
    } catch (error) {
      if (!(error instanceof EventStreamError)) throw error;
      this.#fail(error);
      if (messages.length === 0) throw error;
    } finally {
      this.#chunk = nothing;
      this.#source = nothing;
    }
    return messages;
  }

  /** The stream has ended. Throws `ES_TRUNCATED` in the middle of a message, and the earlier error if there was one. */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#keptLength > 0) {
      const due = (this.#state === 'message' ? this.#total : preludeLength) - this.#keptLength;
      throw this.#fail(new EventStreamError('ES_TRUNCATED', `At least ${due} bytes more were due.`));
    }
    this.#state = 'ended';
  }

  #fail(error: EventStreamError): EventStreamError {
    this.#state = 'failed';
    this.#failure = error;
    this.#kept = nothing;
    return error;
  }

  #read(messages: EventStreamMessage[]): void {
    for (;;) {
      switch (this.#state) {
        case 'prelude':
          if (this.#hasRuns && this.#keptLength === 0) this.#readRun(messages);
          if (!this.#have(preludeLength)) return;
          this.#readPrelude();
          this.#state = 'message';
          break;
        case 'message':
          if (!this.#have(this.#total)) return;
          messages.push(this.#readMessage());
          this.#consume();
          this.#state = 'prelude';
          break;
        default:
          return;
      }
    }
  }

  /**
   * Takes the whole messages at the front of what is left of the chunk, as far as they are short and their preludes
   * right, if one checksum says that all of them are. If not, none: one by one they will show which is wrong.
   */
  #readRun(messages: EventStreamMessage[]): void {
    const chunk = this.#chunk;
    const first = this.#offset;
    const run = new RunCrc();
    let end = first;
    while (chunk.length - end >= emptyMessageLength) {
      const total = readUint32(chunk, end);
      // What is alone is no run.
      const least = end === first ? total + emptyMessageLength : total;
      if (total > mostRunMessageLength || least > chunk.length - end) break;
      if (this.#preludeError(chunk, end) !== undefined) break;
      run.add(chunk, end, end + total);
      end += total;
    }
    if (end === first) return;
    this.#hasRuns = run.isThatOf(chunk, first, end);
    if (!this.#hasRuns) return;
    this.#source = chunk;
    for (let start = first; start < end; start += this.#total) {
      this.#start = start;
      this.#total = readUint32(chunk, start);
      this.#headersLength = readUint32(chunk, start + 4);
      messages.push(this.#takeMessage());
    }
    this.#offset = end;
  }

  /** Nothing is allocated for a message, and none of its lengths believed, before this has passed. */
  #readPrelude(): void {
    const source = this.#source;
    const start = this.#start;
    const error = this.#preludeError(source, start);
    if (error !== undefined) throw error;
    this.#total = readUint32(source, start);
    this.#headersLength = readUint32(source, start + 4);
    this.#preludeCrc = readUint32(source, start + 8);
  }

  #preludeError(source: Uint8Array, start: number): EventStreamError | undefined {
    if (preludeCrc(source, start) !== readUint32(source, start + 8)) {
      return new EventStreamError('ES_PRELUDE_CRC');
    }
    const total = readUint32(source, start);
    const headersLength = readUint32(source, start + 4);
    const payloadLength = total - emptyMessageLength - headersLength;
    if (payloadLength < 0) {
      return new EventStreamError('ES_LENGTHS', `The total is ${total}, the headers are ${headersLength}.`);
    }
    const { maxHeadersLength, maxPayloadLength } = this.#limits;
    if (headersLength > maxHeadersLength) {
      return new EventStreamError(
        'ES_HEADERS_TOO_LONG',
        `They have ${headersLength} bytes, not ${maxHeadersLength}.`,
      );
    }
    if (payloadLength > maxPayloadLength) {
      return new EventStreamError(
        'ES_PAYLOAD_TOO_LONG',
        `It has ${payloadLength} bytes, not ${maxPayloadLength}.`,
      );
    }
    return undefined;
  }

  #readMessage(): EventStreamMessage {
    const source = this.#source;
    const start = this.#start;
    const end = start + this.#total - trailerLength;
    // Goes on from the prelude's checksum, which covers the first 8 bytes.
    if (crc32(source.subarray(start + 8, end), this.#preludeCrc) !== readUint32(source, end)) {
      throw new EventStreamError('ES_MESSAGE_CRC');
    }
    return this.#takeMessage();
  }

  /** The current message, whose checksum is right. */
  #takeMessage(): EventStreamMessage {
    const source = this.#source;
    const start = this.#start;
    const end = start + this.#total - trailerLength;
    const headersStart = start + preludeLength;
    const bodyStart = headersStart + this.#headersLength;
    const headers = this.#readHeaders(source, headersStart, bodyStart);
    const body = source.subarray(bodyStart, end);
    if (!this.#keepBytes) return { headers, body };
    return { headers, body, bytes: source.subarray(start, start + this.#total) };
  }

  #readHeaders(source: Uint8Array, start: number, end: number): MessageHeaders {
    if (this.#headersBytes.length !== end - start || !this.#headersBytes.standsIn(source, start)) {
      const bytes = source.subarray(start, end);
      const headers = decodeHeaders(bytes);
      if (bytes.length > maxRememberedLength) return headers;
      this.#headers = headers;
      this.#headersBytes = new KnownBytes(bytes);
    }
    return this.#headers;
  }

  /**
   * Whether the first `length` bytes of the current message are here; then they stand in one piece at `#start` of
   * `#source`. If not, all that is left of the chunk is kept for the next one.
   */
  #have(length: number): boolean {
    const available = this.#chunk.length - this.#offset;
    if (this.#keptLength === 0 && available >= length) {
      this.#source = this.#chunk;
      this.#start = this.#offset;
      return true;
    }
    this.#keep(Math.min(available, length - this.#keptLength), length);
    this.#source = this.#kept;
    this.#start = 0;
    return this.#keptLength === length;
  }

  /** Moves `count` bytes from the chunk to those kept of a message that is `length` bytes long, as far as is known. */
  #keep(count: number, length: number): void {
    if (count === 0) return;
    const needed = this.#keptLength + count;
    if (needed > this.#kept.length) {
      const room = new Uint8Array(
        Math.min(length, Math.max(needed, 2 * this.#kept.length, firstPieceLength)),
      );
      room.set(this.#kept.subarray(0, this.#keptLength));
      this.#kept = room;
    }
    this.#kept.set(this.#chunk.subarray(this.#offset, this.#offset + count), this.#keptLength);
    this.#keptLength = needed;
    this.#offset += count;
  }

  /** Moves past the current message. What was kept of it now belongs to its body. */
  #consume(): void {
    if (this.#keptLength === 0) {
      this.#offset += this.#total;
    } else {
      this.#kept = nothing;
      this.#keptLength = 0;
    }
  }
}
