import { crc32 } from 'node:zlib';
import { decodeHeaders } from './decode-headers.ts';
import { EventStreamError } from './errors.ts';
import { KnownBytes } from './known-bytes.ts';
import { emptyMessageLength, preludeLength, trailerLength } from './layout.ts';
import { type DecoderLimits, defaultLimits } from './limits.ts';
import type { EventStreamMessage, MessageHeaders } from './message.ts';
import { preludeError } from './prelude-error.ts';
import { mostRunMessageLength, RunCrc } from './run-crc.ts';
import { MessageSpan } from './span.ts';

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
  #state: State = 'prelude';
  #failure: EventStreamError | undefined;

  /** The chunk being read, and how far. */
  #chunk: Uint8Array = nothing;
  #offset = 0;
  /** The beginning of a message whose end was not in its chunk. */
  #kept: Uint8Array = nothing;
  #keptLength = 0;
  /** The current message. It is read from where `#have` finds it: in the chunk, or in what was kept of earlier ones. */
  readonly #message = new MessageSpan();

  /** Whether runs of messages may be checked at once; not any more once one was wrong. */
  #hasRuns: boolean;

  /** How long the current message is; trusted in the state `message`. */
  #total = 0;

  /** The last headers and their bytes. Bedrock repeats them: nearly every message of a stream has the same. */
  #headers: MessageHeaders = noHeaders;
  #headersBytes = new KnownBytes(nothing);

  /**
   * `limits` replaces the default ones one by one. Without `runs` each message is checked by itself, which is slower and
   * no safer.
   */
  constructor(limits: Partial<DecoderLimits> = {}, { runs = true } = {}) {
    this.#limits = { ...defaultLimits, ...limits };
    this.#hasRuns = runs;
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
    const messages: EventStreamMessage[] = [];
    try {
      this.each(chunk, ({ headers, body }) => {
        messages.push({ headers, body });
        return true;
      });
    } catch (error) {
      if (messages.length === 0 || !(error instanceof EventStreamError)) throw error;
    }
    return messages;
  }

  /**
   * The same for whoever looks at messages where they lie: `visit` is shown one after another, and what it is shown is
   * good until it returns. Where it returns false it wants no more: the decoder has ended then. Throws as `decode` does,
   * and what `visit` throws.
   */
  each(chunk: Uint8Array, visit: (message: MessageSpan) => boolean): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#state === 'ended') throw new EventStreamError('ES_ENDED');

    this.#chunk = chunk;
    this.#offset = 0;
    try {
      this.#read(visit);
    } catch (error) {
      if (error instanceof EventStreamError) this.#fail(error);
      throw error;
    } finally {
      this.#chunk = nothing;
      this.#message.letGo();
    }
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

  #read(visit: (message: MessageSpan) => boolean): void {
    for (;;) {
      switch (this.#state) {
        case 'prelude':
          if (this.#hasRuns && this.#keptLength === 0 && !this.#readRun(visit)) {
            this.#state = 'ended';
            return;
          }
          if (!this.#have(preludeLength)) return;
          this.#readPrelude();
          this.#state = 'message';
          break;
        case 'message':
          if (!this.#have(this.#total)) return;
          this.#checkMessage();
          this.#consume();
          this.#state = visit(this.#message) ? 'prelude' : 'ended';
          break;
        default:
          return;
      }
    }
  }

  /**
   * Takes the whole messages at the front of what is left of the chunk, as far as they are short and their preludes
   * right, if one checksum says that all of them are. If not, none: one by one they will show which is wrong. Returns
   * whether more is wanted.
   */
  #readRun(visit: (message: MessageSpan) => boolean): boolean {
    const chunk = this.#chunk;
    const message = this.#message;
    const first = this.#offset;
    message.lieIn(chunk);
    const { view } = message;
    const run = new RunCrc();
    let end = first;
    while (chunk.length - end >= emptyMessageLength) {
      const total = view.getUint32(end);
      // What is alone is no run.
      const least = end === first ? total + emptyMessageLength : total;
      if (total > mostRunMessageLength || least > chunk.length - end) break;
      if (preludeError(view, end, this.#limits) !== undefined) break;
      end += total;
      run.add(view, end, total);
    }
    if (end === first) return true;
    this.#hasRuns = run.isThatOf(chunk, first, end);
    if (!this.#hasRuns) return true;
    this.#offset = end;
    for (let start = first; start < end; start = message.end) {
      message.start = start;
      this.#placeMessage();
      if (!visit(message)) return false;
    }
    return true;
  }

  /** Nothing is allocated for a message, and none of its lengths believed, before this has passed. */
  #readPrelude(): void {
    const { view, start } = this.#message;
    const error = preludeError(view, start, this.#limits);
    if (error !== undefined) throw error;
    this.#total = view.getUint32(start);
  }

  /** Places the message that stands whole at its start, once its checksum is right. */
  #checkMessage(): void {
    const { bytes, view, start } = this.#message;
    const end = start + this.#total - trailerLength;
    // Goes on from the prelude's checksum, which covers the first 8 bytes.
    const crc = crc32(bytes.subarray(start + 8, end), view.getUint32(start + 8));
    if (crc !== view.getUint32(end)) throw new EventStreamError('ES_MESSAGE_CRC');
    this.#placeMessage();
  }

  #placeMessage(): void {
    const message = this.#message;
    const { view, start } = message;
    const headersStart = start + preludeLength;
    message.end = start + view.getUint32(start);
    message.from = headersStart + view.getUint32(start + 4);
    message.to = message.end - trailerLength;
    message.headers = this.#readHeaders(message, headersStart);
  }

  #readHeaders({ bytes, view, from: end }: MessageSpan, start: number): MessageHeaders {
    const known = this.#headersBytes;
    if (known.length !== end - start || !known.standsIn(view, start, end)) {
      const own = bytes.subarray(start, end);
      const headers = decodeHeaders(own);
      if (own.length > maxRememberedLength) return headers;
      this.#headers = headers;
      this.#headersBytes = new KnownBytes(own);
    }
    return this.#headers;
  }

  /**
   * Whether the first `length` bytes of the current message are here; then they stand in one piece at its start. If not,
   * all that is left of the chunk is kept for the next one.
   */
  #have(length: number): boolean {
    const message = this.#message;
    const available = this.#chunk.length - this.#offset;
    if (this.#keptLength === 0 && available >= length) {
      message.lieIn(this.#chunk);
      message.start = this.#offset;
      return true;
    }
    this.#keep(Math.min(available, length - this.#keptLength), length);
    message.lieIn(this.#kept);
    message.start = 0;
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
