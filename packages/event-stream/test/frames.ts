import { crc32 } from 'node:zlib';
import { EventStreamCodec, Int64 } from '@smithy/eventstream-codec';
import fc from 'fast-check';
import type { EventStreamMessage, HeaderValue } from '../src/index.ts';
import { EventStreamDecoder } from '../src/index.ts';

/** AWS's own codec, the outside judge. */
export const smithy = new EventStreamCodec(
  (bytes) => (typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()),
  (text) => Buffer.from(text),
);

/** A frame put together by hand, so that any part of it can be wrong. Checksums fit the bytes unless given. */
export function rawFrame(parts: {
  headers?: Uint8Array;
  body?: Uint8Array;
  total?: number;
  headersLength?: number;
  preludeCrc?: number;
  messageCrc?: number;
}): Buffer {
  const { headers = Buffer.alloc(0), body = Buffer.alloc(0) } = parts;
  const bytes = Buffer.alloc(16 + headers.length + body.length);
  bytes.writeUInt32BE(parts.total ?? bytes.length, 0);
  bytes.writeUInt32BE(parts.headersLength ?? headers.length, 4);
  bytes.writeUInt32BE(parts.preludeCrc ?? crc32(bytes.subarray(0, 8)), 8);
  bytes.set(headers, 12);
  bytes.set(body, 12 + headers.length);
  bytes.writeUInt32BE(parts.messageCrc ?? crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

/** What Bedrock sends: three string headers and a JSON payload. */
export function bedrockMessage(eventType: string, payload: unknown): EventStreamMessage {
  return {
    headers: {
      ':event-type': { type: 'string', value: eventType },
      ':content-type': { type: 'string', value: 'application/json' },
      ':message-type': { type: 'string', value: 'event' },
    },
    body: Buffer.from(JSON.stringify(payload)),
  };
}

/** Every message of a stream that arrives in these pieces; the stream must end well. */
export function decodeAll(pieces: readonly Uint8Array[]): EventStreamMessage[] {
  const decoder = new EventStreamDecoder();
  const messages = pieces.flatMap((piece) => decoder.decode(piece));
  decoder.end();
  return messages;
}

/** Messages as plain values: what a body is a view of, and prototypes, play no part. */
export function plain(messages: readonly EventStreamMessage[]) {
  return messages.map(({ headers, body }) => ({
    headers: Object.entries(headers).map(([name, { type, value }]) => [
      name,
      type,
      value instanceof Uint8Array ? hex(value) : value,
    ]),
    body: hex(body),
  }));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Cuts bytes at these places, each a fraction of the whole; some pieces may be empty. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const offsets = [0, ...places.map((place) => Math.floor(place * (bytes.length + 1))), bytes.length];
  offsets.sort((a, b) => a - b);
  return offsets.slice(1).map((end, index) => bytes.subarray(offsets[index], end));
}

const binary = fc.uint8Array({ maxLength: 300 });
const text = fc.string({ unit: 'binary', maxLength: 80 });
const whole = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });

const headerValue: fc.Arbitrary<HeaderValue> = fc.oneof(
  fc.record({ type: fc.constant('boolean' as const), value: fc.boolean() }),
  fc.record({ type: fc.constant('byte' as const), value: whole(8) }),
  fc.record({ type: fc.constant('short' as const), value: whole(16) }),
  fc.record({ type: fc.constant('integer' as const), value: whole(32) }),
  fc.record({
    type: fc.constant('long' as const),
    value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
  fc.record({ type: fc.constant('binary' as const), value: binary }),
  fc.record({ type: fc.constant('string' as const), value: text }),
  fc.record({ type: fc.constant('timestamp' as const), value: fc.date({ noInvalidDate: true }) }),
  fc.record({ type: fc.constant('uuid' as const), value: fc.uuid() }),
);

const headerName = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 60 })
  // AWS's codec writes this one over its object's prototype; ours has a test of its own.
  .filter((name) => name !== '__proto__');

/** Any legal message; half of them have Bedrock's headers, so that neighbours with equal headers are common. */
export const anyMessage: fc.Arbitrary<EventStreamMessage> = fc.oneof(
  fc.record({
    headers: fc.constant(bedrockMessage('chunk', {}).headers),
    body: fc.uint8Array({ maxLength: 400 }),
  }),
  fc.record({
    headers: fc
      .uniqueArray(fc.tuple(headerName, headerValue), { selector: ([name]) => name, maxLength: 6 })
      .map((entries) => Object.fromEntries(entries)),
    body: fc.uint8Array({ maxLength: 400 }),
  }),
);

type SmithyMessage = Parameters<typeof smithy.encode>[0];

/** Our message in the words of AWS's codec, whose longs are eight bytes. */
export function toSmithy({ headers, body }: EventStreamMessage): SmithyMessage {
  const entries = Object.entries(headers).map(([name, header]) => {
    if (header.type !== 'long') return [name, header] as const;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(header.value);
    return [name, { type: 'long', value: new Int64(bytes) }] as const;
  });
  return { headers: Object.fromEntries(entries), body };
}

/** And back. */
export function fromSmithy({ headers, body }: SmithyMessage): EventStreamMessage {
  const entries = Object.entries(headers).map(([name, header]): [string, HeaderValue] => {
    if (header.type !== 'long') return [name, header as HeaderValue];
    return [name, { type: 'long', value: Buffer.from(header.value.bytes).readBigInt64BE() }];
  });
  return { headers: Object.fromEntries(entries), body };
}
