import { EventStreamError } from './errors.ts';
import type { HeaderValue, MessageHeaders } from './message.ts';

// One header; headers follow each other without a gap:
//
//   ├──────┼────────────┼──────┼───────────────────────────────────────────────┤
//   │ u8 n │ name       │ u8   │ value: 0 true, 1 false: nothing               │
//   │      │ n bytes of │ type │        2 i8, 3 i16, 4 i32, 5 i64, big-endian  │
//   │      │ UTF-8      │      │        6 bytes, 7 UTF-8: u16 length, then it  │
//   │      │            │      │        8 i64, milliseconds since 1970         │
//   │      │            │      │        9 uuid, 16 bytes                       │
const typeTrue = 0;
const typeFalse = 1;
const typeByte = 2;
const typeShort = 3;
const typeInteger = 4;
const typeLong = 5;
const typeBinary = 6;
const typeString = 7;
const typeTimestamp = 8;
const typeUuid = 9;

/** The length goes into one byte. */
const maxNameLength = 255;
/** What AWS's own encoders allow; the wire's u16 would allow twice as much, but their decoders need not. */
const maxWrittenValueLength = 32_767;

const utf8 = new TextEncoder();
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
      case typeTrue:
        return { type: 'boolean', value: true };
      case typeFalse:
        return { type: 'boolean', value: false };
      case typeByte:
        return { type: 'byte', value: this.#view.getInt8(this.#take(1)) };
      case typeShort:
        return { type: 'short', value: this.#view.getInt16(this.#take(2)) };
      case typeInteger:
        return { type: 'integer', value: this.#view.getInt32(this.#take(4)) };
      case typeLong:
        return { type: 'long', value: this.#view.getBigInt64(this.#take(8)) };
      case typeBinary: {
        const start = this.#takeCounted();
        return { type: 'binary', value: new Uint8Array(this.#bytes.subarray(start, this.#position)) };
      }
      case typeString: {
        const value = this.#text(this.#view.getUint16(this.#take(2)));
        if (value === undefined) throw illegal(name, 'a string that is not UTF-8');
        return { type: 'string', value };
      }
      case typeTimestamp: {
        const value = new Date(Number(this.#view.getBigInt64(this.#take(8))));
        if (Number.isNaN(value.getTime())) throw illegal(name, 'a time no date can hold');
        return { type: 'timestamp', value };
      }
      case typeUuid:
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

/**
 * Writes a headers section, in the order of the object. Throws `ES_HEADER_NAME` and `ES_HEADER_VALUE` for what the
 * wire can't carry: a number out of its range is refused, never cut.
 */
export function encodeHeaders(headers: MessageHeaders): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (const [name, header] of Object.entries(headers)) {
    for (const part of [encodeName(name), encodeValue(name, header)]) {
      parts.push(part);
      length += part.length;
    }
  }
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

function encodeName(name: string): Uint8Array {
  if (name === '' || !name.isWellFormed()) {
    throw new EventStreamError('ES_HEADER_NAME', `It is ${JSON.stringify(name)}.`);
  }
  const text = utf8.encode(name);
  if (text.length > maxNameLength)
    throw new EventStreamError('ES_HEADER_NAME', `It has ${text.length} bytes.`);
  const bytes = new Uint8Array(1 + text.length);
  bytes[0] = text.length;
  bytes.set(text, 1);
  return bytes;
}

function encodeValue(name: string, header: HeaderValue): Uint8Array {
  switch (header.type) {
    case 'boolean':
      return Uint8Array.of(header.value ? typeTrue : typeFalse);
    case 'byte':
      return encodeInteger(name, typeByte, 1, header.value);
    case 'short':
      return encodeInteger(name, typeShort, 2, header.value);
    case 'integer':
      return encodeInteger(name, typeInteger, 4, header.value);
    case 'long':
      return encodeLong(name, typeLong, header.value);
    case 'binary':
      return encodeCounted(name, typeBinary, header.value);
    case 'string':
      if (!header.value.isWellFormed()) throw illegal(name, 'a string that UTF-8 has no bytes for');
      return encodeCounted(name, typeString, utf8.encode(header.value));
    case 'timestamp':
      if (Number.isNaN(header.value.getTime())) throw illegal(name, 'no valid date');
      return encodeLong(name, typeTimestamp, BigInt(header.value.getTime()));
    case 'uuid':
      return encodeUuid(name, header.value);
    default:
      throw illegal(
        name,
        `of no known type, ${JSON.stringify((header satisfies never as HeaderValue).type)}`,
      );
  }
}

function encodeInteger(name: string, type: number, size: 1 | 2 | 4, value: number): Uint8Array {
  const half = 2 ** (8 * size - 1);
  if (!Number.isInteger(value) || value < -half || value >= half) {
    throw illegal(name, `${value}, which is no signed integer of ${8 * size} bits`);
  }
  const bytes = new Uint8Array(1 + size);
  bytes[0] = type;
  for (let place = size; place > 0; place--) bytes[place] = value >> (8 * (size - place));
  return bytes;
}

function encodeLong(name: string, type: number, value: bigint): Uint8Array {
  if (BigInt.asIntN(64, value) !== value)
    throw illegal(name, `${value}, which is no signed integer of 64 bits`);
  const bytes = new Uint8Array(9);
  bytes[0] = type;
  new DataView(bytes.buffer).setBigInt64(1, value);
  return bytes;
}

function encodeCounted(name: string, type: number, value: Uint8Array): Uint8Array {
  if (value.length > maxWrittenValueLength) {
    throw illegal(name, `${value.length} bytes long; ${maxWrittenValueLength} is the most`);
  }
  const bytes = new Uint8Array(3 + value.length);
  bytes[0] = type;
  bytes[1] = value.length >> 8;
  bytes[2] = value.length;
  bytes.set(value, 3);
  return bytes;
}

function encodeUuid(name: string, value: string): Uint8Array {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)) {
    throw illegal(name, 'no uuid');
  }
  const bytes = new Uint8Array(17);
  bytes[0] = typeUuid;
  bytes.set(Buffer.from(value.replaceAll('-', ''), 'hex'), 1);
  return bytes;
}

function illegal(name: string, what: string): EventStreamError {
  return new EventStreamError('ES_HEADER_VALUE', `${JSON.stringify(name)} is ${what}.`);
}
