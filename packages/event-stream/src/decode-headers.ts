import { EventStreamError, illegalValue } from './errors.ts';
import { headerType } from './layout.ts';
import type { HeaderValue, MessageHeaders } from './message.ts';

// A byte order mark is part of the text: dropping it would make two names one.
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a whole headers section. The result is frozen and holds no view of `bytes`: it may be kept and shared.
 * Throws `ES_HEADER_CUT`, `ES_HEADER_NAME`, `ES_HEADER_TYPE`, `ES_HEADER_VALUE`, `ES_HEADER_TWICE`.
 */
export function decodeHeaders(bytes: Uint8Array): MessageHeaders {
  const headers: Record<string, HeaderValue> = Object.create(null);
  const reader = new HeaderReader(bytes);
  while (!reader.done) {
    const name = reader.name();
    if (name in headers) throw new EventStreamError('ES_HEADER_TWICE', `It is ${JSON.stringify(name)}.`);
    headers[name] = reader.value(name);
  }
  return Object.freeze(headers);
}

/** Takes headers apart from left to right; nothing is read past the end. */
class HeaderReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#position === this.#bytes.length;
  }

  name(): string {
    const length = this.#view.getUint8(this.#take(1));
    if (length === 0) throw new EventStreamError('ES_HEADER_NAME', 'It is empty.');
    const name = this.#text(length);
    if (name === undefined) throw new EventStreamError('ES_HEADER_NAME', 'It is not UTF-8.');
    return name;
  }

  value(name: string): HeaderValue {
    const type = this.#view.getUint8(this.#take(1));
    switch (type) {
      case headerType.true:
        return { type: 'boolean', value: true };
      case headerType.false:
        return { type: 'boolean', value: false };
      case headerType.byte:
        return { type: 'byte', value: this.#view.getInt8(this.#take(1)) };
      case headerType.short:
        return { type: 'short', value: this.#view.getInt16(this.#take(2)) };
      case headerType.integer:
        return { type: 'integer', value: this.#view.getInt32(this.#take(4)) };
      case headerType.long:
        return { type: 'long', value: this.#view.getBigInt64(this.#take(8)) };
      case headerType.binary: {
        const start = this.#takeCounted();
        return { type: 'binary', value: new Uint8Array(this.#bytes.subarray(start, this.#position)) };
      }
      case headerType.string: {
        const value = this.#text(this.#view.getUint16(this.#take(2)));
        if (value === undefined) throw illegalValue(name, 'a string that is not UTF-8');
        return { type: 'string', value };
      }
      case headerType.timestamp: {
        const value = new Date(Number(this.#view.getBigInt64(this.#take(8))));
        if (Number.isNaN(value.getTime())) throw illegalValue(name, 'a time no date can hold');
        return { type: 'timestamp', value };
      }
      case headerType.uuid:
        return { type: 'uuid', value: this.#uuid() };
      default:
        throw new EventStreamError('ES_HEADER_TYPE', `It is ${type}, of ${JSON.stringify(name)}.`);
    }
  }

  /** Moves on by `length` bytes and gives the place where they start. */
  #take(length: number): number {
    const start = this.#position;
    if (length > this.#bytes.length - start) {
      throw new EventStreamError(
        'ES_HEADER_CUT',
        `${length} bytes are needed at ${start} of ${this.#bytes.length}.`,
      );
    }
    this.#position = start + length;
    return start;
  }

  #takeCounted(): number {
    return this.#take(this.#view.getUint16(this.#take(2)));
  }

  #text(length: number): string | undefined {
    const start = this.#take(length);
    try {
      return strictUtf8.decode(this.#bytes.subarray(start, this.#position));
    } catch {
      return undefined;
    }
  }

  #uuid(): string {
    const start = this.#take(16);
    const hex = Buffer.from(this.#bytes.subarray(start, this.#position)).toString('hex');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}
