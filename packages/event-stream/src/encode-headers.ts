import { EventStreamError, illegalValue } from './errors.ts';
import { headerType, maxHeaderNameLength } from './layout.ts';
import type { HeaderValue, MessageHeaders } from './message.ts';

/** What AWS's own encoders allow; the wire's u16 would allow twice as much, but their decoders need not. */
const maxValueLength = 32_767;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Writes a headers section, in the order of the object. Throws `ES_HEADER_NAME` and `ES_HEADER_VALUE` for what the
 * wire can't carry: a number out of its range is refused, never cut.
 */
export function encodeHeaders(headers: MessageHeaders): Uint8Array {
  const writer = new HeaderWriter();
  for (const [name, header] of Object.entries(headers)) {
    writer.name(name);
    writer.value(name, header);
  }
  return writer.bytes;
}

/** Puts headers together from left to right. */
class HeaderWriter {
  /** Room for Bedrock's own headers at once. */
  #buffer = Buffer.allocUnsafe(128);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  name(name: string): void {
    if (name === '' || !name.isWellFormed()) {
      throw new EventStreamError('ES_HEADER_NAME', `It is ${JSON.stringify(name)}.`);
    }
    const length = Buffer.byteLength(name);
    if (length > maxHeaderNameLength) throw new EventStreamError('ES_HEADER_NAME', `It has ${length} bytes.`);
    const start = this.#room(1 + length);
    this.#buffer.writeUInt8(length, start);
    this.#buffer.write(name, start + 1);
  }

  value(name: string, header: HeaderValue): void {
    switch (header.type) {
      case 'boolean':
        this.#type(header.value ? headerType.true : headerType.false, 0);
        break;
      case 'byte':
        this.#integer(name, headerType.byte, 1, header.value);
        break;
      case 'short':
        this.#integer(name, headerType.short, 2, header.value);
        break;
      case 'integer':
        this.#integer(name, headerType.integer, 4, header.value);
        break;
      case 'long':
        this.#long(name, headerType.long, header.value);
        break;
      case 'binary':
        this.#binary(name, header.value);
        break;
      case 'string':
        this.#string(name, header.value);
        break;
      case 'timestamp':
        if (Number.isNaN(header.value.getTime())) throw illegalValue(name, 'no valid date');
        this.#long(name, headerType.timestamp, BigInt(header.value.getTime()));
        break;
      case 'uuid':
        this.#uuid(name, header.value);
        break;
      default:
        throw illegalValue(
          name,
          `of no known type, ${JSON.stringify((header satisfies never as HeaderValue).type)}`,
        );
    }
  }

  /** Writes a type and gives the place of its value, `length` bytes long. */
  #type(type: number, length: number): number {
    const start = this.#room(1 + length);
    this.#buffer.writeUInt8(type, start);
    return start + 1;
  }

  #integer(name: string, type: number, length: 1 | 2 | 4, value: number): void {
    const half = 2 ** (8 * length - 1);
    if (!Number.isInteger(value) || value < -half || value >= half) {
      throw illegalValue(name, `${value}, which is no signed integer of ${8 * length} bits`);
    }
    const start = this.#type(type, length);
    this.#buffer.writeIntBE(value, start, length);
  }

  #long(name: string, type: number, value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) {
      throw illegalValue(name, `${value}, which is no signed integer of 64 bits`);
    }
    const start = this.#type(type, 8);
    this.#buffer.writeBigInt64BE(value, start);
  }

  #binary(name: string, value: Uint8Array): void {
    const start = this.#counted(name, headerType.binary, value.length);
    this.#buffer.set(value, start);
  }

  #string(name: string, value: string): void {
    if (!value.isWellFormed()) throw illegalValue(name, 'a string that UTF-8 has no bytes for');
    const start = this.#counted(name, headerType.string, Buffer.byteLength(value));
    this.#buffer.write(value, start);
  }

  #uuid(name: string, value: string): void {
    if (!uuid.test(value)) throw illegalValue(name, 'no uuid');
    const start = this.#type(headerType.uuid, 16);
    this.#buffer.write(value.replaceAll('-', ''), start, 'hex');
  }

  #counted(name: string, type: number, length: number): number {
    if (length > maxValueLength) {
      throw illegalValue(name, `${length} bytes long; ${maxValueLength} is the most`);
    }
    const start = this.#type(type, 2 + length);
    this.#buffer.writeUInt16BE(length, start);
    return start + 2;
  }

  /**
   * Makes the headers `length` bytes longer and gives the place where these start. May replace the buffer: call it
   * before `this.#buffer` is looked at.
   */
  #room(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, start));
      this.#buffer = larger;
    }
    return start;
  }
}
