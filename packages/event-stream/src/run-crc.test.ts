import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamDecoder } from './decode.ts';
import { encodeMessage } from './encode.ts';
import type { EventStreamError } from './errors.ts';
import { mostRunMessageLength, RunCrc } from './run-crc.ts';
import { spanOf } from './span.ts';

const message = fc
  .tuple(fc.constantFrom('chunk', 'metadata', ''), fc.uint8Array({ maxLength: mostRunMessageLength + 40 }))
  .map(([type, body]) =>
    encodeMessage({ headers: type === '' ? {} : { ':event-type': { type: 'string', value: type } }, body }),
  );

/** What a decoder makes of one chunk: the messages, and the code of the failure. */
function read(chunk: Uint8Array, runs: boolean) {
  const decoder = new EventStreamDecoder({ maxPayloadLength: mostRunMessageLength }, { runs });
  const messages: unknown[] = [];
  let code: string | undefined;
  try {
    for (const { headers, body } of decoder.decode(chunk)) messages.push({ headers, body: [...body] });
    decoder.end();
  } catch (error) {
    code = (error as EventStreamError).code;
  }
  return { messages, code };
}

describe('a run of messages', () => {
  it('is read as they are one by one, whatever is wrong with it', () => {
    const damage = fc.record({ place: fc.nat(), bits: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 12 }),
        fc.array(damage, { maxLength: 2 }),
        fc.nat(20),
        (messages, damages, cut) => {
          const whole = Buffer.concat(messages);
          for (const { place, bits } of whole.length > 0 ? damages : []) {
            whole[place % whole.length] = (whole[place % whole.length] ?? 0) ^ bits;
          }
          const chunk = whole.subarray(0, Math.max(0, whole.length - cut));
          expect(read(chunk, true)).toEqual(read(chunk, false));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has the checksum that follows from those of its messages, and no other', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.nat(7),
        (all, place, bit) => {
          const messages = all.filter(({ length }) => length <= mostRunMessageLength);
          const run = new RunCrc();
          const bytes = Buffer.concat([Buffer.from('<<'), ...messages]);
          let end = 2;
          for (const { length } of messages) {
            end += length;
            run.add(spanOf(bytes).view, end, length);
          }
          expect(run.isThatOf(bytes, 2, end)).toBe(true);
          if (end === 2) return;
          const wrong = 2 + (place % (end - 2));
          bytes[wrong] = (bytes[wrong] ?? 0) ^ (1 << bit);
          expect(run.isThatOf(bytes, 2, end)).toBe(false);
        },
      ),
    );
  });
});
