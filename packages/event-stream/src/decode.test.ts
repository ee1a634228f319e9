import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { times } from '../../../test/support/long.ts';
import { anyMessage, bedrockMessage, cut, decodeAll, hex, plain, rawFrame } from '../test/frames.ts';
import {
  EventStreamDecoder,
  type EventStreamError,
  type EventStreamMessage,
  encodeMessage,
} from './index.ts';

/** A ConverseStream text delta, as Bedrock frames it. */
const deltaFrame = Buffer.from(
  `000000a1 00000057 dd6aad18
   0b 3a6576656e742d74797065 07 0011 636f6e74656e74426c6f636b44656c7461
   0d 3a636f6e74656e742d74797065 07 0010 6170706c69636174696f6e2f6a736f6e
   0d 3a6d6573736167652d74797065 07 0005 6576656e74
   7b22636f6e74656e74426c6f636b496e646578223a302c2264656c7461223a7b2274657874223a224869227d2c2270223a22616263646566227d
   e526a4ba`.replaceAll(/\s/g, ''),
  'hex',
);
const emptyFrame = Buffer.from('000000100000000005c248eb7d98c8ff', 'hex');

const delta = bedrockMessage('contentBlockDelta', {
  contentBlockIndex: 0,
  delta: { text: 'Hi' },
  p: 'abcdef',
});
const stop = bedrockMessage('messageStop', { stopReason: 'end_turn', p: 'ab' });

/** The error that a function throws. */
function failureOf(run: () => unknown): EventStreamError {
  try {
    run();
  } catch (error) {
    return error as EventStreamError;
  }
  throw new Error('Nothing was thrown.');
}

const codeOf = (run: () => unknown) => failureOf(run).code;
const decodeOnce = (bytes: Uint8Array) => new EventStreamDecoder().decode(bytes);

describe('a whole message in one chunk', () => {
  it('reads what Bedrock sends', () => {
    expect(plain(decodeAll([deltaFrame]))).toEqual(plain([delta]));
  });

  it('reads the empty message', () => {
    expect(plain(decodeAll([emptyFrame]))).toEqual([{ headers: [], body: '' }]);
  });

  it('reads many messages of one chunk in order', () => {
    const messages = [delta, delta, stop, delta];
    expect(plain(decodeAll([Buffer.concat(messages.map(encodeMessage))]))).toEqual(plain(messages));
  });

  it('gives the payload as a view of the chunk, not a copy', () => {
    const chunk = new Uint8Array(Buffer.concat([emptyFrame, deltaFrame]));
    const body = decodeOnce(chunk)[1]?.body;
    expect(body?.buffer).toBe(chunk.buffer);
  });

  it('shares one frozen headers object among messages with the same headers', () => {
    const [first, second, third, fourth] = decodeAll([
      Buffer.concat([delta, delta, stop, delta].map(encodeMessage)),
    ]);
    expect(second?.headers).toBe(first?.headers);
    expect(third?.headers).not.toBe(first?.headers);
    expect(fourth?.headers).toEqual(first?.headers);
    expect(Object.isFrozen(first?.headers)).toBe(true);
  });
});

describe('messages over many chunks', () => {
  it('reads any messages alike, wherever their bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 12 }),
        (messages, places) => {
          const pieces = cut(Buffer.concat(messages.map(encodeMessage)), places);
          expect(plain(decodeAll(pieces))).toEqual(plain(messages));
        },
      ),
      { numRuns: times(500) },
    );
  });

  it('reads a stream that comes byte by byte, and each message with its last byte', () => {
    const decoder = new EventStreamDecoder();
    const stream = Buffer.concat([deltaFrame, emptyFrame]);
    const counts = Array.from(stream, (byte) => decoder.decode(Uint8Array.of(byte)).length);
    expect(counts.flatMap((count, place) => (count === 0 ? [] : [[place + 1, count]]))).toEqual([
      [deltaFrame.length, 1],
      [stream.length, 1],
    ]);
    decoder.end();
  });

  it('reads a large message that comes in small pieces', () => {
    const message = { headers: delta.headers, body: new Uint8Array(300_000).map((_, place) => place * 31) };
    const bytes = encodeMessage(message);
    const pieces = cut(
      bytes,
      Array.from({ length: 5000 }, (_, place) => place / 5000),
    );
    expect(plain(decodeAll(pieces))).toEqual(plain([message]));
  });

  it('holds on to no chunk: what comes later in the same memory changes nothing', () => {
    const decoder = new EventStreamDecoder();
    const chunk = Buffer.alloc(7);
    const messages = [];
    const stream = Buffer.concat([delta, delta, stop].map(encodeMessage));
    for (let at = 0; at < stream.length; at += chunk.length) {
      const length = stream.copy(chunk, 0, at);
      messages.push(...decoder.decode(chunk.subarray(0, length)));
      chunk.fill(0xff);
    }
    expect(plain(messages)).toEqual(plain([delta, delta, stop]));
  });

  it('keeps headers apart from the chunk they came in', () => {
    const decoder = new EventStreamDecoder();
    const chunk = Buffer.alloc(200);
    const decodeInPlace = (name: string, bytes: string) => {
      const value = { type: 'binary', value: Buffer.from(bytes) } as const;
      const frame = encodeMessage({ headers: { [name]: value }, body: new Uint8Array(0) });
      chunk.set(frame);
      return decoder.decode(chunk.subarray(0, frame.length));
    };
    const messages = [decodeInPlace('a', 'first'), decodeInPlace('b', 'other'), decodeInPlace('b', 'other')];
    chunk.fill(0);
    expect(plain(messages.flat()).map(({ headers }) => headers)).toEqual([
      [['a', 'binary', hex(Buffer.from('first'))]],
      [['b', 'binary', hex(Buffer.from('other'))]],
      [['b', 'binary', hex(Buffer.from('other'))]],
    ]);
  });
});

describe('damage', () => {
  it.each([
    ['a text delta', deltaFrame],
    ['the empty message', emptyFrame],
    ['a message whose headers were seen before', Buffer.concat([deltaFrame, deltaFrame])],
  ])('finds every flipped bit of %s', (_, frame) => {
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const damaged = Buffer.from(frame);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const decoder = new EventStreamDecoder();
      const failure = failureOf(() => {
        decoder.decode(damaged);
        decoder.end();
      });
      expect(failure.code).toBe(bit % (8 * deltaFrame.length) < 96 ? 'ES_PRELUDE_CRC' : 'ES_MESSAGE_CRC');
    }
  });

  it.each([
    ['ES_PRELUDE_CRC', rawFrame({ preludeCrc: 1 })],
    ['ES_MESSAGE_CRC', rawFrame({ messageCrc: 1 })],
    ['ES_LENGTHS', rawFrame({ total: 0 })],
    ['ES_LENGTHS', rawFrame({ total: 15 })],
    ['ES_LENGTHS', rawFrame({ headersLength: 1 })],
    ['ES_LENGTHS', rawFrame({ headersLength: 0xffff_ffff })],
    ['ES_HEADERS_TOO_LONG', rawFrame({ total: 17 + 128 * 1024, headersLength: 1 + 128 * 1024 })],
    ['ES_HEADERS_TOO_LONG', rawFrame({ total: 0xffff_ffff, headersLength: 0xffff_ffef })],
    ['ES_PAYLOAD_TOO_LONG', rawFrame({ total: 17 + 24 * 1024 * 1024 })],
    ['ES_PAYLOAD_TOO_LONG', rawFrame({ total: 0xffff_ffff })],
  ])('is refused with %s', (code, bytes) => {
    expect(codeOf(() => decodeOnce(bytes))).toBe(code);
    const decoder = new EventStreamDecoder();
    expect(codeOf(() => Array.from(bytes, (byte) => decoder.decode(Uint8Array.of(byte))))).toBe(code);
  });

  it('is an error for good: nothing behind it is read', () => {
    const decoder = new EventStreamDecoder();
    const failure = failureOf(() => decoder.decode(rawFrame({ messageCrc: 1 })));
    expect(failureOf(() => decoder.decode(deltaFrame))).toBe(failure);
    expect(failureOf(() => decoder.end())).toBe(failure);
    expect(decoder.failure).toBe(failure);
  });

  it('costs none of the messages before it', () => {
    const decoder = new EventStreamDecoder();
    const messages = decoder.decode(
      Buffer.concat([deltaFrame, emptyFrame, rawFrame({ messageCrc: 1 }), deltaFrame]),
    );
    expect(plain(messages)).toEqual(plain([delta, { headers: {}, body: new Uint8Array() }]));
    expect(decoder.failure?.code).toBe('ES_MESSAGE_CRC');
    expect(codeOf(() => decoder.decode(deltaFrame))).toBe('ES_MESSAGE_CRC');
  });

  it('says what it is, and nothing of the payload', () => {
    const failure = failureOf(() => decodeOnce(rawFrame({ body: Buffer.from('secret'), messageCrc: 1 })));
    expect(failure.message).toBe('ES_MESSAGE_CRC: The checksum at the end of the message is wrong.');
  });
});

describe('limits', () => {
  it('hold to the byte', () => {
    const limits = { maxHeadersLength: 87, maxPayloadLength: 58 };
    expect(new EventStreamDecoder(limits).decode(deltaFrame)).toHaveLength(1);
    expect(codeOf(() => new EventStreamDecoder({ ...limits, maxHeadersLength: 86 }).decode(deltaFrame))).toBe(
      'ES_HEADERS_TOO_LONG',
    );
    expect(codeOf(() => new EventStreamDecoder({ ...limits, maxPayloadLength: 57 }).decode(deltaFrame))).toBe(
      'ES_PAYLOAD_TOO_LONG',
    );
  });

  it('are seen in the first 12 bytes', () => {
    const prelude = rawFrame({ total: 0xffff_ffff }).subarray(0, 12);
    expect(codeOf(() => decodeOnce(prelude))).toBe('ES_PAYLOAD_TOO_LONG');
  });

  it('let nothing be allocated for bytes that were only announced', () => {
    const announced = rawFrame({ total: 16 + 24 * 1024 * 1024 }).subarray(0, 15);
    const decoders = Array.from({ length: 64 }, () => new EventStreamDecoder());
    const before = process.memoryUsage().arrayBuffers;
    for (const decoder of decoders) decoder.decode(announced);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 128 * 1024);
    expect(codeOf(() => decoders[0]?.end())).toBe('ES_TRUNCATED');
  });
});

describe('the end', () => {
  it('is an error after every byte that does not complete a message', () => {
    const stream = Buffer.concat([deltaFrame, emptyFrame]);
    for (let length = 0; length <= stream.length; length++) {
      const decoder = new EventStreamDecoder();
      decoder.decode(stream.subarray(0, length));
      if ([0, deltaFrame.length, stream.length].includes(length)) {
        decoder.end();
        decoder.end();
        expect(codeOf(() => decoder.decode(emptyFrame))).toBe('ES_ENDED');
      } else {
        expect(
          codeOf(() => decoder.end()),
          `after ${length} bytes`,
        ).toBe('ES_TRUNCATED');
        expect(codeOf(() => decoder.decode(emptyFrame))).toBe('ES_TRUNCATED');
      }
    }
  });

  it('says how much was missing at least', () => {
    const decoder = new EventStreamDecoder();
    decoder.decode(deltaFrame.subarray(0, deltaFrame.length - 3));
    expect(failureOf(() => decoder.end()).message).toContain('At least 3 bytes');
  });

  it('takes nothing for nothing', () => {
    const decoder = new EventStreamDecoder();
    expect(decoder.decode(new Uint8Array(0))).toEqual([]);
    decoder.end();
  });
});

describe('a decoder whose messages are looked at where they lie', () => {
  const wholes = (chunks: readonly Uint8Array[], decoder = new EventStreamDecoder()) => {
    const seen: string[] = [];
    for (const chunk of chunks)
      decoder.each(chunk, ({ bytes, start, end }) => seen.push(hex(bytes.subarray(start, end))) > 0);
    return seen;
  };

  it('shows each message as it came, wherever its chunks were cut', () => {
    const frames = [delta, stop, delta].map(encodeMessage);
    const whole = Buffer.concat(frames);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: whole.length }), (size) => {
        expect(wholes(cutEvery(whole, size))).toEqual(frames.map(hex));
      }),
      { numRuns: times(50) },
    );
  });

  it('shows what `decode` gives, whatever the messages and wherever they are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 6 }),
        (messages, places) => {
          const decoder = new EventStreamDecoder();
          const seen: EventStreamMessage[] = [];
          for (const chunk of cut(Buffer.concat(messages.map(encodeMessage)), places)) {
            decoder.each(chunk, ({ headers, body, bytes, view, from, to }) => {
              expect(body).toEqual(bytes.subarray(from, to));
              if (to > from) expect(view.getUint8(to - 1)).toBe(body.at(-1));
              return seen.push({ headers, body: Uint8Array.from(body) }) > 0;
            });
          }
          expect(plain(seen)).toEqual(plain(messages));
        },
      ),
    );
  });

  it('shows none whose checksum is wrong, and those before it', () => {
    const spoiled = new Uint8Array(encodeMessage(stop));
    spoiled[spoiled.length - 1] = (spoiled.at(-1) ?? 0) ^ 1;
    const seen: string[] = [];
    const decoder = new EventStreamDecoder();
    const read = () =>
      decoder.each(
        Buffer.concat([encodeMessage(delta), spoiled]),
        ({ bytes, start, end }) => seen.push(hex(bytes.subarray(start, end))) > 0,
      );
    expect(codeOf(read)).toBe('ES_MESSAGE_CRC');
    expect(seen).toEqual([hex(encodeMessage(delta))]);
    expect(decoder.failure?.code).toBe('ES_MESSAGE_CRC');
  });

  it.each([1, 2, 3])('shows no more than is wanted: %i', (wanted) => {
    const whole = Buffer.concat([delta, delta, stop].map(encodeMessage));
    for (const runs of [true, false]) {
      const decoder = new EventStreamDecoder({}, { runs });
      let seen = 0;
      decoder.each(whole, () => ++seen < wanted);
      expect(seen).toBe(wanted);
      expect(codeOf(() => decoder.decode(whole))).toBe('ES_ENDED');
    }
  });
});

function cutEvery(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}
